"""Compare what is wrong now with what was wrong before; say what is new, remind of what stays, and give the all-clear.

Quietly: a trouble is told of when it begins, and again after an hour, twelve hours, a day, three days, and then every
third day.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, prefetch_related_objects
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Notice, Trouble
from leads.models.notice import NoticeKind
from leads.watching.conditions import Condition, conditions

AGAIN_AFTER = (timedelta(hours=1), timedelta(hours=11), timedelta(hours=12), timedelta(days=2), timedelta(days=3))
OVER_AFTER = timedelta(minutes=3)
"""Not seen for so long, it is over: what comes and goes within this time is one trouble."""


def watch() -> int:
    """Look for troubles; returns how many notices were made. Safe to be run by several workers at once."""
    found = {condition.key: condition for condition in conditions()}
    with transaction.atomic():
        _open(found.values())
        seen = Trouble.objects.filter(ended_at=None, key__in=found).select_for_update()
        for trouble in seen:
            _see_again(trouble, found[trouble.key])
        return _remind() + _give_the_all_clear()


def open_troubles() -> list[Trouble]:
    """What was wrong when it was last looked for, the oldest first."""
    return list(Trouble.objects.filter(ended_at=None).select_related("destination", "endpoint").order_by("began_at"))


def present_troubles() -> list[Trouble]:
    """What is wrong at this very moment, the oldest first; not saved. Since when is known from the last look."""
    known = {trouble.key: trouble.began_at for trouble in open_troubles()}
    found = [Trouble(**_columns(condition)) for condition in conditions()]
    prefetch_related_objects(found, "destination", "endpoint")
    for trouble in found:
        trouble.began_at = known.get(trouble.key) or trouble.oldest_at or timezone.now()
    return sorted(found, key=lambda trouble: trouble.began_at)


def _open(found: Iterable[Condition]) -> None:
    Trouble.objects.bulk_create((Trouble(**_columns(condition)) for condition in found), ignore_conflicts=True)


def _see_again(trouble: Trouble, condition: Condition) -> None:
    Trouble.objects.filter(pk=trouble.pk).update(seen_at=Now(), **_columns(condition))


def _columns(condition: Condition) -> dict[str, object]:
    return {
        "key": condition.key,
        "kind": condition.kind,
        "destination_id": condition.destination_id,
        "endpoint_id": condition.endpoint_id,
        "cause": condition.cause,
        "params": dict(condition.params),
        "count": condition.count,
        "oldest_at": condition.oldest_at,
    }


def _remind() -> int:
    due = list(Trouble.objects.filter(ended_at=None, tell_at__lte=Now(), seen_at__gt=Now() - OVER_AFTER))
    for trouble in due:
        wait = AGAIN_AFTER[min(trouble.told, len(AGAIN_AFTER) - 1)]
        Trouble.objects.filter(pk=trouble.pk).update(told=F("told") + 1, tell_at=Now() + wait)
        _tell(NoticeKind.TROUBLE, trouble)
    return len(due)


def _give_the_all_clear() -> int:
    over = list(Trouble.objects.filter(ended_at=None, seen_at__lte=Now() - OVER_AFTER))
    for trouble in over:
        Trouble.objects.filter(pk=trouble.pk).update(ended_at=Now())
        _tell(NoticeKind.ALL_CLEAR, trouble)
    return len(over)


def _tell(kind: NoticeKind, trouble: Trouble) -> None:
    """The numbers are those of this moment: a notice does not change afterwards."""
    params = {
        "names": trouble.params,
        "count": trouble.count,
        "oldest_at": trouble.oldest_at.isoformat() if trouble.oldest_at else "",
        "began_at": trouble.began_at.isoformat(),
        "told": trouble.told,
    }
    Notice.objects.create(kind=kind, destination_id=trouble.destination_id, trouble=trouble, params=params)
