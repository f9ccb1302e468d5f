"""Several workers at the same time, each in a thread with a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def at_once[Result](work: Sequence[Callable[[], Result]]) -> list[Result]:
    """Start all of it together; the results in order. Raises what the first of them raised."""
    start = Barrier(len(work))

    def run(one: Callable[[], Result]) -> Result:
        try:
            connection.ensure_connection()
            start.wait(10)
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as workers:
        return list(workers.map(run, work))


def end_this_session() -> None:
    """PostgreSQL ends the session of this thread, as a restart would: another session tells it to."""

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session])

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    at_once([end])
