"""How the database itself is doing, as far as it tells: PostgreSQL does, SQLite has nothing of the kind."""

from datetime import timedelta

from django.db import connection

from leads.models import Delivery


def oldest_transaction() -> timedelta | None:
    """How long the oldest one besides ours has been open. One that is held open keeps the server from cleaning up
    behind the queue."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(now() - xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        (age,) = cursor.fetchone()
    return age or timedelta(0)


def rows_of_deliveries() -> tuple[int, int] | None:
    """In the hot table, by the server's estimate: those that live, and those that wait to be cleaned up."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE relid = %s::regclass",
            [Delivery._meta.db_table],
        )
        live, dead = cursor.fetchone()
    return live, dead
