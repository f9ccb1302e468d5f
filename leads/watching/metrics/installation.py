"""What comes in, and whether the parts of the installation live."""

from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client import Metric

from leads.intake import spool
from leads.models import InboundRequest, Notice, Trouble
from leads.models.ids import first_id_at
from leads.models.notice import NoticeState
from leads.models.trouble import TroubleKind
from leads.states import InboundState
from leads.watching import heartbeat
from leads.watching.database import oldest_transaction, rows_of_deliveries
from leads.watching.metrics.families import gauge, number

LOOKED_BACK = timedelta(hours=1)
MOST_COUNTED = 10_000
NOTICES_OF = timedelta(days=1)


def spool_metrics() -> list[Metric]:
    """Of this machine; no database is asked."""
    waiting, unreadable = spool.waiting(), spool.unreadable()
    files = gauge("spool_files", "Posted requests in files of this machine, by whether they can be read.", "state")
    files.add_metric(["waiting"], len(waiting))
    files.add_metric(["unreadable"], len(unreadable))
    age = _age(waiting[0]) if waiting else 0
    return [files, number("spool_oldest_seconds", "Age of the oldest file that waits for the database.", age)]


def _age(path: Path) -> float:
    try:
        return (datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)).total_seconds()
    except FileNotFoundError:  # stored meanwhile
        return 0


def inbound_metrics() -> list[Metric]:
    waiting = InboundRequest.objects.waiting()
    first = waiting.annotate(now=Now()).values_list("now", "received_at").first()
    age = (first[0] - first[1]).total_seconds() if first else 0
    meaning = f"Requests of the last hour, by what became of them; no more than {MOST_COUNTED:,} are counted."
    recent = gauge("inbound_last_hour", meaning, "state")
    since = first_id_at(timezone.now() - LOOKED_BACK)
    for state in (InboundState.ACCEPTED, InboundState.REPEAT, InboundState.REJECTED):
        found = InboundRequest.objects.filter(state=state, id__gte=since).order_by()
        recent.add_metric([state.value], found[:MOST_COUNTED].count())
    return [
        number("inbound_waiting", "Posted requests that are kept and not read yet.", waiting.count()),
        number("inbound_oldest_seconds", "Age of the oldest request that is not read yet.", age),
        recent,
    ]


def installation_metrics() -> list[Metric]:
    return [*_processes(), *_database(), _troubles(), _notices()]


def _processes() -> list[Metric]:
    ages = {name: age.total_seconds() for name, age in heartbeat.ages().items()}
    timetable = ages.pop(heartbeat.TIMETABLE, inf)
    alive = sum(age <= heartbeat.LATE_AFTER.total_seconds() for age in ages.values())
    sign = "Since the last sign of life of"
    return [
        number("workers", "Workers that gave a sign of life within a minute.", alive),
        number("worker_heartbeat_age_seconds", f"{sign} any worker.", min(ages.values(), default=inf)),
        number("timetable_heartbeat_age_seconds", f"{sign} the timetable.", timetable),
    ]


def _database() -> list[Metric]:
    """Where it is SQLite, which has neither, they have no value."""
    oldest = gauge("database_oldest_transaction_seconds", "Age of the oldest open transaction (PostgreSQL).")
    rows = gauge("database_delivery_rows", "Rows of deliveries as PostgreSQL estimates them, live or dead.", "state")
    if (age := oldest_transaction()) is not None:
        oldest.add_metric([], age.total_seconds())
    if (found := rows_of_deliveries()) is not None:
        rows.add_metric(["live"], found[0])
        rows.add_metric(["dead"], found[1])
    return [oldest, rows]


def _troubles() -> Metric:
    open_now = gauge("troubles", "Troubles that stand, by kind.", "kind")
    found = Trouble.objects.filter(ended_at=None).order_by().values_list("kind").annotate(Count("id"))
    numbers = dict(found)
    for kind in TroubleKind:
        open_now.add_metric([kind.value], numbers.get(kind.value, 0))
    return open_now


def _notices() -> Metric:
    failed = Notice.objects.filter(state=NoticeState.FAILED, created_at__gt=Now() - NOTICES_OF)
    return number("notices_failed", "Notices of the last day that could not be sent.", failed.count())
