"""Taking an import back: what it made goes, what was sent or worked on stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.assignment.assigning import assign_waiting
from leads.history.edits import By, edit_lead
from leads.importing import reverting, storing
from leads.intake.interpreting import interpret_waiting
from leads.models import Delivery, ImportJob, ImportRow, InboundRequest, Lead, Touch
from leads.models.import_job import ImportState, Stays
from leads.sales import activities, steps
from leads.states import ActivityKind, DeliveryState, Stage, TaskKind
from tests.factories import (
    lead_json,
    make_assignment_rule,
    make_attempt,
    make_destination,
    make_inbound,
    make_route,
    make_service_level,
    make_user,
)
from tests.leads.admin.rows import all_rows
from tests.leads.importing.files import imported, reverted, row

pytestmark = pytest.mark.django_db

CREATED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OURS = ("leads.Lead", "leads.Touch", "leads.InboundRequest", "leads.Delivery", "leads.Task", "leads.Activity")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "PAGE", 2)
    monkeypatch.setattr(reverting, "PAGE", 2)


def posted(**values: Any) -> Lead:
    make_inbound(lead_json(), **values)
    interpret_waiting()
    return Lead.objects.get(email="mina@fabrikam.example")


def rows_now() -> dict[str, Any]:
    rows = all_rows()
    for lead in rows["leads.Lead"]:
        lead.pop("version")
    return {name: rows[name] for name in OURS}


def three() -> list[dict[str, str]]:
    return [row(), row(referral_id="r-2", call_to_action="INS"), row(referral_id="r-3", e_mail="tom@x.example")]


def staying() -> list[tuple[int, str]]:
    return list(ImportRow.objects.order_by("line").values_list("line", "stays"))


def test_everything_it_made_goes_and_the_file_can_be_imported_anew() -> None:
    make_route(make_destination())
    make_assignment_rule(make_user("sales"))
    job = imported(*three(), forwards=True)
    assign_waiting()
    assert (Touch.objects.count(), Delivery.objects.count()) == (3, 3)
    reverted(job)
    assert (job.state, job.result["removed"], job.result["leads_removed"]) == (ImportState.REVERTED, 3, 2)
    for model in (Lead, Touch, InboundRequest, Delivery, ImportRow):
        assert not model.objects.exists(), model
    assert imported(*three()).result == {"touches": 3, "leads": 2}


def test_a_known_lead_is_as_it_was_before() -> None:
    make_service_level()
    make_assignment_rule(make_user("sales"))
    posted(received_at=CREATED - timedelta(days=3))
    assign_waiting()
    before = rows_now()
    job = imported(row(phone="+82 2 999", title="CTO"), row(referral_id="r-2", customer_name="Other"))
    assign_waiting()
    assert (Lead.objects.get().touch_count, Lead.objects.get().phone) == (3, "+82 2 999")
    reverted(job)
    assert job.result == {"touches": 2, "removed": 2}
    assert rows_now() == before


def test_the_round_that_the_import_began_ends_with_it() -> None:
    lead = posted(received_at=CREATED - timedelta(days=3))
    contacted_at = timezone.now() - timedelta(days=1)
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.LOST, contacted_at=contacted_at, needs_assignment=False)
    before = rows_now()
    job = imported(row())
    assert Lead.objects.get().stage == Stage.NEW
    reverted(job)
    assert rows_now() == before


def test_how_many_alarms_had_rung_is_as_before() -> None:
    make_service_level()
    make_assignment_rule(make_user("sales"))
    lead = posted(received_at=CREATED - timedelta(days=3))
    assign_waiting()
    contacted_at = timezone.now() - timedelta(days=1)
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.LOST, contacted_at=contacted_at, alarms=2, alarm_at=None)
    before = rows_now()
    job = imported(row(creation_date=timezone.now().isoformat()))
    assign_waiting()
    assert Lead.objects.get().alarms == 0
    reverted(job)
    assert rows_now() == before


def test_what_a_person_changed_of_a_known_lead_stays() -> None:
    lead = posted(received_at=CREATED - timedelta(days=3))
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.LOST)
    job = imported(row(phone="1"))
    edit_lead(By(make_user()), lead.pk, {"stage": Stage.QUALIFIED})
    Lead.objects.filter(pk=lead.pk).update(phone="2", kept_fields={"phone": CREATED.isoformat()})
    reverted(job)
    lead.refresh_from_db()
    assert (lead.stage, lead.phone, lead.touch_count) == (Stage.QUALIFIED, "2", 1)


@pytest.mark.parametrize(
    "work",
    [
        lambda user, lead: activities.log(user, lead.pk, ActivityKind.NOTE, "They wrote"),
        lambda user, lead: steps.plan(user, lead.pk, TaskKind.CALL, timezone.now()),
        lambda user, lead: edit_lead(By(user), lead.pk, {"stage": Stage.CONTACTED}),
        lambda user, lead: edit_lead(By(user), lead.pk, {"owner_id": user.pk}),
    ],
    ids=["note", "task", "stage", "owner"],
)
def test_a_lead_that_somebody_worked_on_stays_with_all_its_touches(work: Any) -> None:
    job = imported(*three())
    lead = Lead.objects.get(email="mina@fabrikam.example")
    work(make_user(), lead)
    reverted(job)
    assert list(Lead.objects.all()) == [lead]
    assert staying() == [(2, Stays.WORKED_ON), (3, Stays.WORKED_ON)]
    assert job.result["removed"] == 1


def test_only_the_touch_that_was_sent_stays() -> None:
    make_route(make_destination())
    job = imported(*three(), forwards=True)
    sent = Touch.objects.get(action="INS").deliveries.get()
    Delivery.objects.filter(pk=sent.pk).update(state=DeliveryState.DELIVERED, delivered_at=timezone.now())
    reverted(job)
    lead = Lead.objects.get()
    assert (lead.touch_count, lead.action, list(lead.touches.all())) == (1, "INS", [sent.touch])
    assert staying() == [(3, Stays.SENT)]
    assert list(Delivery.objects.all()) == [sent]


def test_a_delivery_that_was_tried_may_have_arrived() -> None:
    make_route(make_destination())
    job = imported(row(), forwards=True)
    make_attempt(Delivery.objects.get())
    reverted(job)
    assert staying() == [(2, Stays.SENT)]


def test_it_can_be_reverted_once_more_when_less_stands_against_it() -> None:
    job = imported(row())
    activity = activities.log(make_user(), Lead.objects.get().pk, ActivityKind.NOTE, "They wrote")
    reverted(job)
    assert Lead.objects.exists()
    activity.delete()
    reverted(job)
    assert not Lead.objects.exists()
    assert ImportJob.objects.get().result == {"touches": 1, "leads": 1, "removed": 1, "leads_removed": 1}


def test_touches_of_another_import_stay() -> None:
    first = imported(row())
    second = imported(row(referral_id="r-2", call_to_action="INS"))
    reverted(first)
    lead = Lead.objects.get()
    assert (lead.touch_count, lead.action) == (1, "INS")
    reverted(second)
    assert not Lead.objects.exists()


def test_a_posted_touch_that_a_row_was_found_to_be_stays_and_is_free_again() -> None:
    make_inbound(lead_json(ActionCode="PLT"), received_at=CREATED)
    interpret_waiting()
    job = imported(row(), row(referral_id="r-9", e_mail="x@y.example"))
    reverted(job)
    assert (Touch.objects.count(), ImportRow.objects.count()) == (1, 0)
    assert imported(row()).result == {"known": 1}
