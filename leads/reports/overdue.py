"""Who waits for an answer longer than promised. It changes with the clock alone, so it is counted when it is asked for,
up to a cap."""

from datetime import datetime

from django.db.models import Q, QuerySet

from leads.models import Lead
from leads.reports.counting import COUNTED

OVERDUE = Q(is_open=True, contacted_at=None)
"""With an ``answer_by`` that is over."""
MOST = 10_000


def overdue(now: datetime) -> QuerySet[Lead]:
    return Lead.objects.filter(COUNTED, OVERDUE, answer_by__lt=now)
