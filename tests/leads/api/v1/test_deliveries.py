from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from leads.api.v1.deliveries import MOST_ATTEMPTS
from leads.models import Delivery
from leads.models.ids import new_id
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import DeliveryState, Priority, PrivacyAction
from tests.factories import (
    NOON,
    make_attempt,
    make_delivery,
    make_destination,
    make_lead,
    make_route,
    make_touch,
    make_user,
)
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db

EXCHANGE = {
    "method": "POST",
    "url": "https://crm.example.com/leads",
    "request_headers": {"content-type": "application/json"},
    "request_body": '{"email": "mina@fabrikam.example"}',
    "response_status": 422,
    "response_headers": {},
    "response_body": "no",
}
REFUSED = {
    "meaning": "The receiving system refused this lead.",
    "remedy": "Read its answer. Change the receiver's rules or the field mapping, then try again; or enter the lead "
    "over there by hand and give up on this delivery.",
    "who": "sales",
}


def later() -> Any:
    return timezone.now() + timedelta(hours=1)


def shown(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


def test_a_delivery_has_exactly_these_fields(ops: Client) -> None:
    destination = make_destination(name="Sales CRM")
    route = make_route(destination)
    delivery = make_delivery(
        destination, state=DeliveryState.FAILED, reason="record_refused", route=route, tries=1, deadline_at=NOON
    )
    attempt = make_attempt(
        delivery,
        finished_at=NOON,
        result="rejected",
        cause="record_refused",
        detail="no industry",
        http_status=422,
        duration_ms=81,
        exchange=EXCHANGE,
    )
    expected = {
        "id": str(delivery.pk),
        "touch": str(delivery.touch_id),
        "lead": str(delivery.touch.lead_id),
        "destination": destination.pk,
        "destination_name": "Sales CRM",
        "route": route.pk,
        "state": "failed",
        "reason": "record_refused",
        "diagnosis": REFUSED,
        "without_personal_data": False,
        "tries": 1,
        "next_attempt_at": None,
        "deadline_at": "2026-03-02T12:00:00Z",
        "arrival": "",
        "external_id": "",
        "external_url": "",
        "created_at": shown(delivery.created_at),
        "delivered_at": None,
    }
    assert ops.get("/api/v1/deliveries").json() == {"next": None, "results": [expected]}
    attempt.refresh_from_db()
    assert ops.get(f"/api/v1/deliveries/{delivery.pk}").json() == expected | {
        "given_up": None,
        "attempts": [
            {
                "id": str(attempt.pk),
                "started_at": shown(attempt.started_at),
                "sent_at": None,
                "finished_at": "2026-03-02T12:00:00Z",
                "result": "rejected",
                "is_late": False,
                "cause": "record_refused",
                "diagnosis": REFUSED,
                "detail": "no industry",
                "code": "",
                "http_status": 422,
                "duration_ms": 81,
                "exchange": EXCHANGE,
            }
        ],
        "personal_data": "shown",
    }


def test_only_a_queued_delivery_has_a_next_try(sales: Client) -> None:
    queued, done = make_delivery(), make_delivery(state=DeliveryState.DELIVERED)
    assert sales.get(f"/api/v1/deliveries/{queued.pk}").json()["next_attempt_at"] == shown(queued.next_attempt_at)
    assert sales.get(f"/api/v1/deliveries/{done.pk}").json()["next_attempt_at"] is None


def test_what_policy_withheld_says_why(sales: Client) -> None:
    delivery = make_delivery(state=DeliveryState.WITHHELD, reason="privacy")
    assert sales.get(f"/api/v1/deliveries/{delivery.pk}").json()["diagnosis"] == {
        "meaning": "Privacy rule of the person's e-mail domain",
        "remedy": "",
        "who": "nobody",
    }


@pytest.mark.parametrize("touch", [{"privacy": PrivacyAction.HOLD}, {"lead": {"is_private": True}}])
def test_what_was_sent_of_somebody_held_back_is_shown_with_the_permission_only(
    client_for: ClientFor, touch: dict[str, Any]
) -> None:
    lead = make_lead(**touch.get("lead", {}))
    delivery = make_delivery(touch=make_touch(lead, privacy=touch.get("privacy", PrivacyAction.OFF)))
    make_attempt(delivery, finished_at=NOON, result="rejected", detail="mina@fabrikam.example?", exchange=EXCHANGE)
    hidden = client_for(make_user(OPS)).get(f"/api/v1/deliveries/{delivery.pk}")
    assert hidden.json()["personal_data"] == "held_back"
    assert (hidden.json()["attempts"][0]["detail"], hidden.json()["attempts"][0]["exchange"]) == (None, None)
    assert b"mina" not in hidden.content
    seen = client_for(make_user(OWNER)).get(f"/api/v1/deliveries/{delivery.pk}").json()
    assert seen["personal_data"] == "shown"
    assert (seen["attempts"][0]["detail"], seen["attempts"][0]["exchange"]) == ("mina@fabrikam.example?", EXCHANGE)


@pytest.mark.parametrize(("group", "exchange"), [(SALES, None), (SALES_LEAD, None), (OPS, EXCHANGE), (OWNER, EXCHANGE)])
def test_what_was_sent_and_answered_is_for_operators(
    client_for: ClientFor, group: str, exchange: dict[str, Any] | None
) -> None:
    delivery = make_delivery()
    make_attempt(delivery, finished_at=NOON, result="rejected", detail="no industry", exchange=EXCHANGE)
    attempt = client_for(make_user(group)).get(f"/api/v1/deliveries/{delivery.pk}").json()["attempts"][0]
    assert (attempt["exchange"], attempt["detail"]) == (exchange, "no industry")


def test_an_attempt_under_way_has_no_result_and_no_exchange(sales: Client) -> None:
    delivery = make_delivery(state=DeliveryState.SENDING)
    make_attempt(delivery)
    attempt = sales.get(f"/api/v1/deliveries/{delivery.pk}").json()["attempts"][0]
    assert (attempt["result"], attempt["finished_at"], attempt["diagnosis"], attempt["exchange"]) == (
        "",
        None,
        None,
        None,
    )


def test_each_filter_finds_its_deliveries(sales: Client) -> None:
    delivery = make_delivery(state=DeliveryState.FAILED, reason="record_refused")
    other = make_delivery()
    Delivery.objects.filter(pk=delivery.pk).update(created_at=NOON)
    for parameters in (
        {"state__in": "failed,withheld"},
        {"destination": str(delivery.destination_id)},
        {"reason": "record_refused"},
        {"touch": str(delivery.touch_id)},
        {"lead": str(delivery.touch.lead_id)},
        {"created_before": "2026-03-02T12:00:01Z"},
    ):
        rows = sales.get("/api/v1/deliveries", parameters).json()["results"]
        assert [row["id"] for row in rows] == [str(delivery.pk)], parameters
    rows = sales.get("/api/v1/deliveries", {"created_after": "2026-03-02T12:00:01Z"}).json()["results"]
    assert [row["id"] for row in rows] == [str(other.pk)]


@pytest.mark.parametrize("rows", [1, 20])
def test_a_page_takes_the_same_few_queries_however_long_it_is(
    sales: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        make_attempt(make_delivery())
    with django_assert_num_queries(6):  # with that for the person's teams
        assert len(sales.get("/api/v1/deliveries").json()["results"]) == rows


def test_one_delivery_takes_seven_queries_and_shows_its_newest_attempts(
    sales: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    delivery = make_delivery()
    attempts = [make_attempt(delivery, claim_id=new_id()) for _number in range(MOST_ATTEMPTS + 5)]
    with django_assert_num_queries(7):
        answer = sales.get(f"/api/v1/deliveries/{delivery.pk}").json()
    newest = sorted((str(attempt.pk) for attempt in attempts), reverse=True)[:MOST_ATTEMPTS]
    assert [attempt["id"] for attempt in answer["attempts"]] == newest


# What people may do ---------------------------------------------------------------------------------------------------

WAITING: dict[str, Any] = {"state": DeliveryState.QUEUED, "next_attempt_at": later()}
DUE: dict[str, Any] = {"state": DeliveryState.QUEUED}
SENDING: dict[str, Any] = {"state": DeliveryState.SENDING}
DELIVERED: dict[str, Any] = {"state": DeliveryState.DELIVERED}
FAILED: dict[str, Any] = {"state": DeliveryState.FAILED, "tries": 12}
WITHHELD: dict[str, Any] = {"state": DeliveryState.WITHHELD}
CANCELLED: dict[str, Any] = {"state": DeliveryState.CANCELLED}
CANCELLED_AFTER_WITHHELD: dict[str, Any] = {"state": DeliveryState.CANCELLED, "reason": "do_not_contact"}

RETRY = ("retry", 202, "queued")
RELEASE = ("release", 202, "queued")
CANCEL = ("cancel", 200, "cancelled")

ALLOWED = [
    (RETRY, FAILED),
    (RETRY, CANCELLED),
    (RETRY, WAITING),
    (RELEASE, WITHHELD),
    (RELEASE, CANCELLED_AFTER_WITHHELD),
    (CANCEL, DUE),
    (CANCEL, WAITING),
    (CANCEL, FAILED),
]
BODIES = {"cancel": {"note": "Entered by hand"}}
REFUSALS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "retry": (
        [DUE, SENDING, DELIVERED, WITHHELD, CANCELLED_AFTER_WITHHELD],
        "Only failed or cancelled ones, and queued ones that wait, can be retried.",
    ),
    "release": ([DUE, SENDING, DELIVERED, FAILED, CANCELLED], "Only those that policy withheld can be released."),
    "cancel": ([SENDING, DELIVERED, WITHHELD, CANCELLED], "Only queued and failed ones can be cancelled."),
}


@pytest.mark.parametrize(("act", "values"), ALLOWED)
def test_a_state_that_allows_it_changes_and_the_answer_shows_it(
    owner: Client,
    hinted: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    act: tuple[str, int, str],
    values: dict[str, Any],
) -> None:
    name, status, state = act
    delivery = make_delivery(**values)
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(f"/api/v1/deliveries/{delivery.pk}/{name}", BODIES.get(name), "application/json")
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (status, str(delivery.pk), state)
    delivery.refresh_from_db()
    assert delivery.state == state
    assert hinted == (["dispatch_due_deliveries"] if state == "queued" else [])


@pytest.mark.parametrize(
    ("name", "values", "rule"),
    [(name, values, rule) for name, (refused, rule) in REFUSALS.items() for values in refused],
)
def test_a_state_that_does_not_allow_it_stays_and_the_answer_says_which_do(
    owner: Client,
    hinted: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    name: str,
    values: dict[str, Any],
    rule: str,
) -> None:
    delivery = make_delivery(**values)
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(f"/api/v1/deliveries/{delivery.pk}/{name}", BODIES.get(name), "application/json")
    assert answer.status_code == 409
    assert answer.json() == {
        "type": "urn:leadcrm:problem:wrong-state",
        "title": "The state does not allow this",
        "status": 409,
        "detail": f"This delivery is in the state “{values['state']}”. {rule}",
    }
    delivery.refresh_from_db()
    assert delivery.state == values["state"]
    assert hinted == []


def test_a_retried_delivery_is_due_now_with_a_full_schedule_of_tries(ops: Client) -> None:
    delivery = make_delivery(**FAILED)
    answer = ops.post(f"/api/v1/deliveries/{delivery.pk}/retry", {}, content_type="application/json").json()
    assert (answer["tries"], answer["reason"], answer["diagnosis"]) == (0, "", None)
    assert list(Delivery.objects.due()) == [delivery]
    assert Delivery.objects.get().priority == Priority.FRESH


def test_one_that_waits_for_its_next_try_is_due_now_and_keeps_its_tries(ops: Client) -> None:
    delivery = make_delivery(**WAITING, tries=3)
    assert ops.post(f"/api/v1/deliveries/{delivery.pk}/retry").json()["tries"] == 3
    assert list(Delivery.objects.due()) == [delivery]


def test_of_two_who_press_at_once_one_is_refused(ops: Client) -> None:
    delivery = make_delivery(**FAILED)
    address = f"/api/v1/deliveries/{delivery.pk}/retry"
    assert [ops.post(address).status_code, ops.post(address).status_code] == [202, 409]


@pytest.mark.parametrize("name", ["retry", "release", "cancel"])
def test_a_delivery_that_does_not_exist_is_not_found_and_reading_does_nothing(owner: Client, name: str) -> None:
    delivery = make_delivery(**FAILED)
    body = BODIES.get(name)
    assert owner.post(f"/api/v1/deliveries/{new_id()}/{name}", body, "application/json").status_code == 404
    assert owner.get(f"/api/v1/deliveries/{delivery.pk}/{name}").status_code == 405
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED


def test_giving_up_says_why_and_by_whom_until_it_is_taken_back(client_for: ClientFor) -> None:
    delivery = make_delivery(**FAILED)
    ops = client_for(make_user(OPS, username="otto"))
    address = f"/api/v1/deliveries/{delivery.pk}"
    ops.post(f"{address}/cancel", {"note": "Entered by hand"}, "application/json")
    given_up = ops.get(address).json()["given_up"]
    assert (given_up["by"], given_up["note"]) == ("otto", "Entered by hand")
    entry = LogEntry.objects.get(object_id=str(delivery.pk))
    assert (entry.user.get_username(), entry.change_message) == ("otto", "Given up: Entered by hand")
    ops.post(f"{address}/retry")
    assert ops.get(address).json()["given_up"] is None


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": " "}, {"note": "x" * 501}, {"note": "y", "why": "x"}])
def test_nobody_gives_up_without_saying_why(ops: Client, body: dict[str, str]) -> None:
    delivery = make_delivery(**FAILED)
    answer = ops.post(f"/api/v1/deliveries/{delivery.pk}/cancel", body, "application/json")
    assert answer.status_code == 400
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
