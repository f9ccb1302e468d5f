"""Time that passes: what is written down moves into the past, and the database's clock stays as it is."""

from datetime import timedelta

from django.db.models import F, QuerySet

from leads.models import Delivery, DestinationGate

OF_DELIVERIES = ("next_attempt_at", "look_from", "deadline_at", "created_at", "claimed_until")
OF_GATES = (
    "tokens_at",
    "held_until",
    "window_started_at",
    "broken_at",
    "probe_at",
    "mended_at",
    "paused_at",
    "next_check_at",
    "last_success_at",
    "last_failure_at",
    "failing_since",
)


def let_pass(time: timedelta, deliveries: QuerySet[Delivery], gates: QuerySet[DestinationGate]) -> None:
    """For these it is so much later."""
    deliveries.update(**{name: F(name) - time for name in OF_DELIVERIES})
    gates.update(**{name: F(name) - time for name in OF_GATES})
