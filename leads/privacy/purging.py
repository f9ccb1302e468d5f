"""Once a night what was kept long enough is taken away, in pages: a page is one transaction, which takes some rows and
moves the place of the work. So a worker may be killed at any moment, and of two at work one stops."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from leads import page_by_page
from leads.models import PurgeRun, RetentionRule
from leads.models.privacy import RetentionKind
from leads.privacy.retention import Rule, Taken, rules

HOUR_OF_NIGHT = 2
SECONDS_AT_ONCE = 2.0


def go_on() -> bool:
    """Begin when the night has come, or go on where a worker stopped; whether there is more to do at once."""
    run = PurgeRun.objects.filter(finished_at=None).order_by("id").first()
    if run is None:
        if PurgeRun.objects.filter(began_at__gte=last_night(timezone.now())).exists():
            return False
        run = PurgeRun.objects.create()
    return work_off(run.pk)


def last_night(now: datetime) -> datetime:
    """When it was that late for the last time, by the installation's clock."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    tonight = local.replace(hour=HOUR_OF_NIGHT, minute=0, second=0, microsecond=0)
    return tonight if tonight <= local else tonight - timedelta(days=1)


def work_off(run_id: int, seconds: float = SECONDS_AT_ONCE) -> bool:
    """For some seconds; whether there is more to do."""
    return page_by_page.go_on(work_off_page, run_id, seconds)


def work_off_page(run_id: int) -> bool:
    """False when it has ended, or somebody else took the page."""
    run = PurgeRun.objects.filter(pk=run_id, finished_at=None).first()
    if run is None:
        return False
    rule = next(rule for rule in rules() if rule.kind.kind == run.at)
    with transaction.atomic():
        same = PurgeRun.objects.filter(pk=run_id, finished_at=None, worked_at=run.worked_at)
        if not same.update(worked_at=timezone.now()):
            return False
        taken = rule.page(run.began_at) if rule.enabled else None
        if taken and taken.may_be_more:
            _note(run, rule, taken)
            return True
        return _next_kind(run)


def _note(run: PurgeRun, rule: Rule, taken: Taken) -> None:
    counts = dict(Counter(run.counts) + Counter({run.at: taken.rows}))
    PurgeRun.objects.filter(pk=run.pk).update(counts=counts)
    if rule.kind.goes_by_key:
        place = {"cursor": taken.cursor}
        first = {"enabled": rule.enabled, "keep": rule.keep}
        RetentionRule.objects.update_or_create(kind=run.at, defaults=place, create_defaults=place | first)


def _next_kind(run: PurgeRun) -> bool:
    """False when that was the last."""
    kinds = list(RetentionKind)
    following = kinds[kinds.index(RetentionKind(run.at)) + 1 :]
    ended = {} if following else {"finished_at": Now()}
    PurgeRun.objects.filter(pk=run.pk).update(at=following[0] if following else run.at, **ended)
    return bool(following)
