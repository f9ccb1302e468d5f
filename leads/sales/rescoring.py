"""Give all open leads their points again, by the rules as they are now: a page is one transaction, so that a worker may
be killed at any moment, and of two workers at once one takes the page."""

import time

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from leads.models import Lead, Rescoring
from leads.scoring import load_scoring, set_score

PAGE = 500
SECONDS_AT_ONCE = 2.0


def ask(user: User | None) -> Rescoring:
    """One that is under way ends: its pages would be scored twice."""
    with transaction.atomic():
        Rescoring.objects.filter(finished_at=None).update(finished_at=Now())
        return Rescoring.objects.create(asked_by=user)


def go_on() -> bool:
    """For some seconds. Whether there is more to do."""
    ends_at = time.monotonic() + SECONDS_AT_ONCE
    while time.monotonic() < ends_at:
        if not _score_page():
            return False
    return True


def _score_page() -> bool:
    """False when nothing is left, or another worker took the page."""
    job = Rescoring.objects.filter(finished_at=None).order_by("id").last()
    if job is None:
        return False
    rest = Lead.objects.to_work_on() if job.cursor is None else Lead.objects.to_work_on().filter(id__gt=job.cursor)
    ids = list(rest.order_by("id").values_list("id", flat=True)[:PAGE])
    here = Rescoring.objects.filter(pk=job.pk, finished_at=None, cursor=job.cursor)
    if not ids:
        here.update(finished_at=Now())
        return False
    scoring = load_scoring()
    with transaction.atomic():
        if not here.update(cursor=ids[-1], scored=F("scored") + len(ids)):
            return False
        leads = list(Lead.objects.select_for_update(of=("self",)).filter(id__in=ids).order_by("id"))
        before = {lead.id: (lead.score, lead.score_reasons) for lead in leads}
        set_score(leads, scoring)
        changed = [lead for lead in leads if before[lead.id] != (lead.score, lead.score_reasons)]
        Lead.objects.bulk_update(changed, ["score", "score_reasons"])
        Rescoring.objects.filter(pk=job.pk).update(changed=F("changed") + len(changed))
    return True
