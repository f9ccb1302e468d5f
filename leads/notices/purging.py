"""Old notices go: what was told is of no use for ever."""

from datetime import datetime, timedelta

from django.utils import timezone

from leads.models import Notice, SalesNotice
from leads.models.ids import first_id_at
from leads.models.notice import NoticeState

KEPT = timedelta(days=90)
PAGE = 1_000


def purge(before: datetime | None = None) -> bool:
    """A page of those that were made before then; whether there may be more. What still waits to be sent stays."""
    first_kept = first_id_at(before or timezone.now() - KEPT)
    return any([_purge(model, first_kept) for model in (Notice, SalesNotice)])


def _purge(model: type[Notice] | type[SalesNotice], first_kept: object) -> bool:
    old = model.objects.filter(id__lt=first_kept).exclude(state=NoticeState.WAITING).order_by("id")
    ids = list(old.values_list("id", flat=True)[:PAGE])
    if ids:
        model.objects.filter(id__in=ids).delete()
    return len(ids) == PAGE
