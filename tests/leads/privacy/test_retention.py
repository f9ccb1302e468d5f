"""What is kept long enough goes, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from axes.models import AccessLog
from django.db.models import Model
from django.utils import timezone

from leads.models import (
    Activity,
    Attempt,
    Change,
    Edit,
    InboundRequest,
    Lead,
    Notice,
    PurgeRun,
    ResendJob,
    RetentionRule,
    Touch,
)
from leads.models.ids import first_id_at, new_id
from leads.models.notice import NoticeKind, NoticeState
from leads.models.privacy import RetentionKind
from leads.models.resend_job import ResendState
from leads.privacy import purging, retention
from leads.privacy.retention import KINDS, kind_of, rules, set_rule
from leads.states import InboundState, Stage
from tests.factories import (
    make_attempt,
    make_delivery,
    make_destination,
    make_inbound,
    make_lead,
    make_resend_job,
    make_task,
    make_touch,
)

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def key_of(days: float) -> UUID:
    """Of a row that was made so long ago."""
    return UUID(int=first_id_at(days_ago(days)).int | new_id().int & (1 << 62) - 1)


def purge() -> PurgeRun:
    run = PurgeRun.objects.create()
    while purging.work_off_page(run.pk):
        pass
    run.refresh_from_db()
    assert run.finished_at is not None
    return run


def would_go() -> dict[str, int]:
    now = timezone.now()
    return {rule.kind.kind.value: count for rule in rules() if (count := rule.would_go(now))}


def body(days: float, **values: Any) -> InboundRequest:
    return make_inbound(id=key_of(days), **{"state": InboundState.ACCEPTED} | values)


def closed_lead(months: float = 30, **values: Any) -> Lead:
    at = days_ago(months * 30.5)
    given = {"stage": Stage.LOST, "first_touch_at": at, "last_touch_at": at, "email_key": "mina@fabrikam.example"}
    return make_lead(**given | values)


def is_empty(row: Model) -> bool:
    return bytes(InboundRequest.objects.get(pk=row.pk).body) == b""


def test_bodies_go_after_half_a_year_and_what_waits_to_be_read_stays() -> None:
    old, rejected = body(181), body(400, state=InboundState.REJECTED, reason="defect")
    young, waiting = body(179), body(400, state=InboundState.RECEIVED)
    assert would_go() == {"bodies": 2}
    assert purge().counts == {"bodies": 2}
    assert [is_empty(row) for row in (old, rejected, young, waiting)] == [True, True, False, False]
    assert InboundRequest.objects.get(pk=old.pk).is_body_gone
    assert not InboundRequest.objects.get(pk=young.pk).is_body_gone
    assert would_go() == {}


def test_a_request_whose_body_is_gone_is_not_read_again() -> None:
    from leads.intake.reprocessing import process_again

    body(400, state=InboundState.REJECTED, reason="defect")
    empty = body(1, posted=b"", state=InboundState.REJECTED, reason="empty")
    purge()
    assert process_again(InboundRequest.objects.all()) == 1
    assert InboundRequest.objects.get(state=InboundState.RECEIVED) == empty


def test_what_was_sent_and_answered_goes_after_three_months_and_how_it_ended_stays() -> None:
    delivery = make_delivery()
    ended = {"finished_at": timezone.now(), "result": "rejected", "cause": "record_refused", "exchange": {"a": 1}}
    old = make_attempt(delivery, id=key_of(91), detail="no", **ended)
    young = make_attempt(delivery, id=key_of(89), detail="no", **ended)
    assert purge().counts == {"exchanges": 1}
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.exchange, old.detail, old.cause, old.result) == ({}, "", "record_refused", "rejected")
    assert (young.exchange, young.detail) == ({"a": 1}, "no")


def test_closed_leads_stay_unless_somebody_says_so() -> None:
    lead = closed_lead(500)
    assert purge().counts == {}
    assert Lead.objects.get(pk=lead.pk).email == "mina@fabrikam.example"


def test_closed_leads_with_which_nobody_did_anything_are_erased_with_all_that_is_theirs() -> None:
    set_rule(_leads(), enabled=True, keep=24)
    old = closed_lead()
    make_touch(old, note="Call me")
    Activity.objects.create(lead=old, kind="note", text="Called", at=days_ago(900))
    kept = [closed_lead(20), closed_lead(stage=Stage.NEW), closed_lead(), closed_lead(), closed_lead()]
    Change.objects.create(lead=kept[2], edit=Edit.objects.create(), field="stage", after="lost")
    Activity.objects.create(lead=kept[3], kind="note", text="Called")
    make_task(kept[4])
    assert would_go() == {"leads": 1}
    assert purge().counts == {"leads": 1}
    assert Lead.objects.get(pk=old.pk).erased_at is not None
    assert (Touch.objects.get().note, old.activities.get().text) == ("", "")
    assert set(Lead.objects.filter(erased_at=None)) == set(kept)


def test_what_became_part_of_a_lead_goes_with_it_and_not_before() -> None:
    set_rule(_leads(), enabled=True, keep=24)
    survivor = closed_lead()
    absorbed = closed_lead(merged_into=survivor)
    closed_lead(merged_into=closed_lead(stage=Stage.NEW))
    assert purge().counts == {"leads": 2}
    assert set(Lead.objects.filter(erased_at__isnull=False)) == {survivor, absorbed}


def test_notices_jobs_and_sign_ins_go_after_their_time() -> None:
    told = {"kind": NoticeKind.TROUBLE, "destination": make_destination(), "state": NoticeState.KEPT}
    Notice.objects.create(id=key_of(91), **told)
    Notice.objects.create(id=key_of(89), **told)
    Notice.objects.create(id=key_of(91), **told | {"state": NoticeState.WAITING})
    make_resend_job(state=ResendState.DONE, finished_at=days_ago(366))
    make_resend_job()
    AccessLog.objects.create(username="mina")
    AccessLog.objects.update(attempt_time=days_ago(366))
    AccessLog.objects.create(username="jin")
    assert purge().counts == {"notices": 1, "jobs": 1, "sign_ins": 1}
    assert (Notice.objects.count(), ResendJob.objects.count(), AccessLog.objects.get().username) == (2, 1, "jin")


def test_what_is_switched_off_stays() -> None:
    for kind in KINDS:
        set_rule(kind, enabled=False, keep=1)
    body(400)
    make_resend_job(state=ResendState.DONE, finished_at=days_ago(400))
    assert purge().counts == {}
    assert would_go() == {"bodies": 1, "jobs": 1}


def test_a_rule_that_was_made_shorter_goes_on_from_where_it_was() -> None:
    older, younger = body(200), body(100)
    purge()
    assert RetentionRule.objects.get(kind=RetentionKind.BODIES).cursor == older.pk
    set_rule(_kind("bodies"), enabled=True, keep=50)
    assert would_go() == {"bodies": 1}
    assert purge().counts == {"bodies": 1}
    assert is_empty(younger)


def test_it_goes_on_after_any_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    for _number in range(5):
        body(400)
    run = PurgeRun.objects.create()
    assert purging.work_off_page(run.pk)
    run.refresh_from_db()
    assert (run.counts, run.at) == ({"bodies": 2}, "bodies")
    while purging.go_on():
        pass
    run.refresh_from_db()
    assert (run.counts, PurgeRun.objects.count()) == ({"bodies": 5}, 1)


def test_nothing_more_is_counted_than_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST", 2)
    for _number in range(5):
        body(400)
    assert would_go() == {"bodies": 3}


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 3, 2, 3, 0, tzinfo=UTC), datetime(2026, 3, 2, 2, 0, tzinfo=UTC)),
        (datetime(2026, 3, 2, 1, 59, tzinfo=UTC), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)),
        (datetime(2026, 3, 2, 2, 0, tzinfo=UTC), datetime(2026, 3, 2, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_night_begins_at_two(now: datetime, night: datetime) -> None:
    assert purging.last_night(now) == night


def test_it_begins_once_a_night() -> None:
    while purging.go_on():
        pass
    assert PurgeRun.objects.count() == 1
    assert not purging.go_on()
    PurgeRun.objects.update(began_at=days_ago(1.1))
    while purging.go_on():
        pass
    assert PurgeRun.objects.count() == 2


@pytest.mark.parametrize(
    ("moment", "months", "before"),
    [("2026-03-31", 1, "2026-02-28"), ("2026-03-15", 24, "2024-03-15"), ("2026-01-31", 2, "2025-11-30")],
)
def test_months_are_those_of_the_calendar(moment: str, months: int, before: str) -> None:
    found = _leads().before(datetime.fromisoformat(f"{moment}T12:00+00:00"), months)
    assert found == datetime.fromisoformat(f"{before}T12:00+00:00")


def test_every_kind_has_a_rule() -> None:
    assert [kind.kind for kind in KINDS] == list(RetentionKind)
    assert Attempt.objects.count() == 0


def _kind(name: str) -> retention.Kind:
    kind = kind_of(name)
    assert kind
    return kind


def _leads() -> retention.Kind:
    return _kind("leads")
