"""The import itself: rows become touches and leads by the rules of what is posted."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.assignment.assigning import assign_waiting
from leads.importing import jobs, making, storing
from leads.intake.interpreting import interpret_waiting
from leads.models import Change, Delivery, Edit, Endpoint, ImportChunk, ImportRow, InboundRequest, Lead, Notice, Touch
from leads.models.import_job import ImportState
from leads.states import CloseReason, DeliveryState, EditCause, InboundState, PrivacyAction, Stage
from tests.factories import (
    lead_json,
    make_assignment_rule,
    make_destination,
    make_inbound,
    make_lead,
    make_offer,
    make_route,
    make_service_level,
    make_user,
)
from tests.leads.importing.files import checked, imported, row, uploaded, worked_off

pytestmark = pytest.mark.django_db

CREATED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "PAGE", 2)


def recent(**cells: str) -> dict[str, str]:
    return row(creation_date=(timezone.now() - timedelta(hours=5)).isoformat(), **cells)


def test_a_row_becomes_a_request_a_touch_and_a_lead() -> None:
    offer = make_offer(publisher_id="contoso", offer_id="firewall")
    job = imported(row())
    request, touch, lead = InboundRequest.objects.get(), Touch.objects.get(), Lead.objects.get()
    assert (job.state, job.result) == (ImportState.DONE, {"touches": 1, "leads": 1})
    assert (request.state, request.received_at, request.content_type) == (InboundState.ACCEPTED, CREATED, "text/csv")
    assert (request.user_agent, request.body_size) == (f"Import {job.pk}, row 2", len(request.body))
    assert json.loads(bytes(request.body))["Import.Referral ID"] == "r-1"
    assert request.processed_at is not None
    assert (touch.source, touch.action, touch.offer, touch.received_at) == ("AzureMarketplace", "PLT", offer, CREATED)
    assert touch.unknown_fields["Import.Customer City"] == "Seoul"
    assert (lead.person_name, lead.company, lead.country_code) == ("Mina Park", "Fabrikam", "KR")
    assert (lead.first_touch_at, lead.last_touch_at, lead.touch_count) == (CREATED, CREATED, 1)
    assert ImportRow.objects.get().touch == touch


def test_all_of_them_belong_to_one_endpoint_to_which_nothing_can_be_posted() -> None:
    imported(row())
    imported(row(referral_id="r-2"))
    endpoint = Endpoint.objects.get()
    assert (endpoint.is_for_files, endpoint.enabled, endpoint.secrets.count()) == (True, False, 0)
    assert (endpoint.last_lead_at, endpoint.gaps_known) == (None, 0)
    assert Touch.objects.filter(endpoint=endpoint).count() == 2


def test_rows_join_leads_that_are_there_and_each_other() -> None:
    make_inbound(lead_json(OfferTitle="Contoso Firewall"), received_at=CREATED + timedelta(days=1))
    interpret_waiting()
    job = imported(row(), row(referral_id="r-2", call_to_action="INS"), row(referral_id="r-3", e_mail="tom@x.example"))
    assert job.result == {"touches": 3, "leads": 1}
    lead = Lead.objects.get(email="mina@fabrikam.example")
    assert (lead.touch_count, lead.first_touch_at, lead.last_touch_at) == (3, CREATED, CREATED + timedelta(days=1))
    assert lead.source == "AzureMarketplace"


def test_importing_the_same_file_again_changes_nothing() -> None:
    imported(row(), row(referral_id="r-2", e_mail="tom@x.example"))
    before = list(Lead.objects.order_by("pk").values())
    job = imported(row(), row(referral_id="r-2", e_mail="tom@x.example"))
    assert (job.state, job.result) == (ImportState.DONE, {"known": 2})
    assert list(Lead.objects.order_by("pk").values()) == before


def test_what_came_by_the_webhook_between_check_and_import_is_known() -> None:
    job = checked(uploaded(row()))
    assert job.checked["new"] == 1
    make_inbound(lead_json(ActionCode="PLT"), received_at=CREATED)
    interpret_waiting()
    jobs.start(job, forwards=False, gives_owners=True)
    assert worked_off(job).result == {"known": 1}
    assert Touch.objects.count() == 1
    claimed = ImportRow.objects.get()
    assert (claimed.touch, claimed.is_made) == (Touch.objects.get(), False)


def test_do_not_contact_privacy_and_test_leads_are_what_they_are_when_posted() -> None:
    make_service_level()
    job = imported(
        recent(call_to_action="DNC"),
        recent(referral_id="r-2", e_mail="s@uni.edu"),
        recent(referral_id="r-3", e_mail="MSFT_TEST_637593492301234560@test.com"),
    )
    assign_waiting()
    assert job.result == {"touches": 3, "leads": 3}
    dnc, private, test = (Lead.objects.get(email__startswith=name) for name in ("mina", "s@", "MSFT"))
    assert (dnc.is_dnc, dnc.is_open, dnc.answer_by) == (True, False, None)
    assert (private.is_private, private.touches.get().privacy) == (True, PrivacyAction.HOLD)
    assert (test.is_test, test.owner) == (True, None)


# --- deliveries -----------------------------------------------------------------------------------------------------


def test_they_are_forwarded_only_where_that_was_chosen() -> None:
    make_route(make_destination())
    imported(row())
    assert not Delivery.objects.exists()
    imported(row(referral_id="r-2"), forwards=True)
    assert [delivery.state for delivery in Delivery.objects.all()] == [DeliveryState.QUEUED]


# --- owners and clocks ----------------------------------------------------------------------------------------------


def test_an_old_lead_gets_an_owner_and_a_score_and_no_clock() -> None:
    tom = make_user("sales")
    make_assignment_rule(tom)
    make_service_level(hand_on_at=150)
    imported(row())
    assign_waiting()
    lead = Lead.objects.get()
    assert (lead.owner, lead.opened_at, lead.answer_by, lead.alarm_at) == (tom, None, None, None)
    assert (lead.needs_assignment, lead.is_open, lead.stage) == (False, True, Stage.NEW)
    assert not Notice.objects.exists()


def test_a_recent_lead_has_its_time_from_the_import_on() -> None:
    make_assignment_rule(make_user("sales"))
    level = make_service_level()
    imported(recent())
    assign_waiting()
    lead = Lead.objects.get()
    assert lead.opened_at is not None
    assert timezone.now() - lead.opened_at < timedelta(minutes=1)
    assert lead.answer_by == lead.opened_at + timedelta(minutes=level.target_minutes)


def test_nobody_gets_them_where_that_was_not_chosen() -> None:
    make_assignment_rule(make_user("sales"))
    imported(recent(), gives_owners=False)
    assert assign_waiting().leads == []
    lead = Lead.objects.get()
    assert (lead.owner, lead.opened_at, lead.needs_assignment) == (None, None, False)


def test_a_touch_that_comes_by_the_webhook_later_begins_a_round() -> None:
    make_assignment_rule(make_user("sales"))
    make_service_level()
    imported(row())
    assign_waiting()
    now = timezone.now()
    make_inbound(lead_json(), received_at=now)
    interpret_waiting()
    assign_waiting()
    lead = Lead.objects.get()
    assert (lead.touch_count, lead.opened_at, lead.answer_by) == (2, now, now + timedelta(days=1))


def test_a_sale_that_is_over_is_closed_with_its_history_and_given_to_nobody() -> None:
    make_assignment_rule(make_user("sales"))
    boss = make_user()
    lost_one, open_one = row(status="Closed", status_reason="Lost"), recent(referral_id="r-2", e_mail="t@x.example")
    job = checked(uploaded(lost_one, open_one), user=boss)
    jobs.start(job, forwards=False, gives_owners=True)
    worked_off(job)
    assign_waiting()
    lost, other = Lead.objects.get(email__startswith="mina"), Lead.objects.get(email="t@x.example")
    assert (lost.stage, lost.close_reason, lost.owner, lost.is_open) == (Stage.LOST, CloseReason.OTHER, None, False)
    assert other.owner is not None
    edit = Edit.objects.get(cause=EditCause.IMPORT)
    assert (edit.actor, edit.params) == (boss, {"import": str(job.pk)})
    assert set(Change.objects.filter(edit=edit).values_list("lead", "field")) == {
        (lost.pk, "stage"),
        (lost.pk, "close_reason"),
    }


def test_a_known_lead_keeps_its_stage_whatever_the_file_says() -> None:
    imported(row())
    Lead.objects.update(stage=Stage.QUALIFIED)
    imported(row(referral_id="r-2", status="Closed", status_reason="Lost"))
    assert Lead.objects.get().stage == Stage.QUALIFIED


def test_a_sale_that_is_over_opens_no_known_lead_again() -> None:
    make_inbound(lead_json(), received_at=CREATED - timedelta(days=9))
    interpret_waiting()
    contacted_at = CREATED - timedelta(days=8)
    Lead.objects.update(stage=Stage.WON, contacted_at=contacted_at, needs_assignment=False)
    imported(row(status="Closed", status_reason="Won"))
    lead = Lead.objects.get()
    assert (lead.stage, lead.contacted_at, lead.needs_assignment, lead.touch_count) == (
        Stage.WON,
        contacted_at,
        False,
        2,
    )
    imported(row(referral_id="r-2", creation_date="2026-03-01T10:30:00Z", status="Active"))
    lead.refresh_from_db()
    assert (lead.stage, lead.contacted_at, lead.touch_count) == (Stage.NEW, None, 3)
    assert lead.needs_assignment


# --- workers --------------------------------------------------------------------------------------------------------


def test_a_page_that_fails_leaves_nothing_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    job = checked(uploaded(*(row(referral_id=f"r-{number}", e_mail=f"p{number}@x.example") for number in range(4))))
    jobs.start(job, forwards=False, gives_owners=True)
    assert jobs.work_off_page(job.pk)
    store: Any = making._note_rows

    def fail(*_args: Any) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(making, "_note_rows", fail)
    assert not jobs.work_off_page(job.pk)
    job.refresh_from_db()
    assert (job.done, job.tries, Touch.objects.count(), job.result) == (1, 1, 2, {"touches": 2, "leads": 2})
    monkeypatch.setattr(making, "_note_rows", store)
    assert worked_off(job).result == {"touches": 4, "leads": 4}
    assert job.tries == 0


def test_what_fails_again_and_again_stops_and_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    job = checked(uploaded(row()))
    jobs.start(job, forwards=False, gives_owners=True)
    store: Any = making.join_leads  # type: ignore[attr-defined]
    monkeypatch.setattr(making, "join_leads", lambda touches: 1 / 0)
    for _try in range(jobs.MOST_TRIES):
        jobs.work_off(job.pk)
    job.refresh_from_db()
    assert (job.state, Lead.objects.count()) == (ImportState.STOPPED, 0)
    monkeypatch.setattr(making, "join_leads", store)
    jobs.try_again(job)
    assert worked_off(job).state == ImportState.DONE


def test_a_batch_is_taken_up_again_when_its_worker_seems_gone() -> None:
    job = checked(uploaded(row(), row(referral_id="r-2"), row(referral_id="r-3")))
    assert jobs.to_go_on_with() == []
    jobs.start(job, forwards=False, gives_owners=True)
    assert jobs.to_go_on_with() == [job.pk]
    jobs.work_off_page(job.pk)
    assert jobs.to_go_on_with() == []  # just worked on
    type(job).objects.filter(pk=job.pk).update(worked_at=timezone.now() - 2 * jobs.GIVEN_UP_AFTER)
    assert jobs.to_go_on_with() == [job.pk]


def test_without_errors_the_uploaded_rows_are_deleted_at_once() -> None:
    imported(row())
    assert not ImportChunk.objects.exists()
    imported(row(referral_id="r-2"), row(e_mail="nobody"))
    assert ImportChunk.objects.count() == 1


def test_a_lead_of_somebody_else_is_not_touched() -> None:
    other = make_lead(email="tom@x.example")
    imported(row())
    assert Lead.objects.get(pk=other.pk).version == other.version


def test_a_file_imported_again_after_its_person_came_by_the_webhook_changes_nothing() -> None:
    rows = [row(creation_date=(timezone.now() - timedelta(hours=4)).isoformat())]
    make_offer(publisher_id="contoso", offer_id="firewall")
    imported(*rows)
    make_inbound(lead_json(ActionCode="PLT", LeadSource="AzureMarketplace-PLT|contoso.firewall"))
    interpret_waiting()
    again = imported(*rows)
    assert (again.state, again.result) == (ImportState.DONE, {"known": 1})
    assert (Touch.objects.count(), Lead.objects.count()) == (2, 1)
