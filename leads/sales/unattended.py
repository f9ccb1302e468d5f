"""Open leads that nobody attends to: not answered in time, nobody's, or of somebody who is away or left."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from leads.models import Absence, Lead
from leads.sales.queue import in_order


def away() -> set[int]:
    """Ids of those who left, or are absent now."""
    left = User.objects.filter(is_active=False).order_by()
    absent = Absence.objects.now().order_by()
    return {*left.values_list("pk", flat=True), *absent.values_list("user", flat=True)}


def unattended(now: datetime, away: Collection[int]) -> QuerySet[Lead]:
    """The longest overdue first. One that its owner put to sleep is late all the same."""
    late = Q(contacted_at=None, answer_by__lt=now)
    return in_order(Lead.objects.to_work_on().filter(late | Q(owner=None) | Q(owner__in=away)))
