"""How the installation is doing, in numbers, for Prometheus.

They are read from rows when they are asked for, so that they are the same whichever process is asked. Of the big tables
only the partial indexes are read, or the newest part.
"""

from collections.abc import Iterator

from django.db import Error as DatabaseTrouble
from prometheus_client import Metric

from leads.watching.metrics.attempts import attempt_metrics
from leads.watching.metrics.destinations import destination_metrics
from leads.watching.metrics.families import gauge
from leads.watching.metrics.installation import inbound_metrics, installation_metrics, spool_metrics


def metrics() -> Iterator[Metric]:
    """Without the database, that it is away and what can be told without it."""
    yield from spool_metrics()
    try:
        found = [*destination_metrics(), *attempt_metrics(), *inbound_metrics(), *installation_metrics()]
    except DatabaseTrouble:
        found = []
    is_up = gauge("database_up", "Whether the database does what it is asked.")
    is_up.add_metric([], bool(found))
    yield is_up
    yield from found
