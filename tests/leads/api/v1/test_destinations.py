from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leads.models import Destination
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import PausedBy
from tests.factories import NOON, make_delivery, make_destination, make_proof, make_user
from tests.leads.api.v1.conftest import ClientFor
from tests.leads.delivery.asked import work_off

pytestmark = pytest.mark.django_db


def test_a_destination_has_exactly_these_fields_and_no_secret(sales: Client) -> None:
    destination = make_destination(
        name="Sales CRM",
        settings={"url": "https://crm.example.com/SECRET-PATH"},
        gate={"last_success_at": NOON, "last_failure_at": NOON, "last_failure_cause": "rate_limit"},
    )
    make_proof(destination, "passed", finished_at=NOON)
    destination.write_secrets({"token": "SECRET-TOKEN"})
    destination.save()
    answer = sales.get(f"/api/v1/destinations/{destination.pk}")
    assert answer.json() == {
        "id": destination.pk,
        "name": "Sales CRM",
        "kind": "https",
        "enabled": True,
        "takes_test_leads": False,
        "takes_do_not_contact": False,
        "created_at": destination.created_at.isoformat().replace("+00:00", "Z"),
        "checked_at": "2026-03-02T12:00:00Z",
        "check_steps": [{"label": "Step 1", "result": "passed", "detail": ""}],
        "gate": {
            "state": "open",
            "held_until": None,
            "broken_at": None,
            "probe_at": None,
            "failing_since": None,
            "paused_at": None,
            "paused_by": "",
            "pause_cause": "",
            "pause_detail": None,
            "diagnosis": None,
            "next_check_at": None,
            "last_success_at": "2026-03-02T12:00:00Z",
            "last_failure_at": "2026-03-02T12:00:00Z",
            "last_failure_cause": "rate_limit",
            "calls_at_once": destination.gate.calls_at_once,
        },
    }
    assert b"SECRET" not in answer.content
    assert b"SECRET" not in sales.get("/api/v1/destinations").content


@pytest.mark.parametrize(
    ("gate", "state", "cause"),
    [
        ({}, "open", None),
        ({"held_until": timezone.now() - timedelta(hours=1)}, "open", None),
        ({"held_until": timezone.now() + timedelta(hours=1)}, "held", None),
        ({"paused_at": NOON, "paused_by": PausedBy.PERSON}, "paused", None),
        (
            {"paused_at": NOON, "paused_by": PausedBy.MACHINE, "pause_cause": "sign_in_refused"},
            "paused",
            "The receiving system refused the sign-in.",
        ),
    ],
)
def test_the_gate_says_whether_leads_pass_and_why_not(
    sales: Client, gate: dict[str, Any], state: str, cause: str | None
) -> None:
    shown = sales.get(f"/api/v1/destinations/{make_destination(gate=gate).pk}").json()["gate"]
    assert shown["state"] == state
    assert (shown["diagnosis"] or {}).get("meaning") == cause


@pytest.mark.parametrize(("group", "is_shown"), [(SALES, False), (OPS, False), (SALES_LEAD, True), (OWNER, True)])
def test_the_other_sides_words_which_may_repeat_what_was_sent_are_shown_with_the_permission_only(
    client_for: ClientFor, group: str, is_shown: bool
) -> None:
    gate = {"paused_at": NOON, "paused_by": PausedBy.MACHINE, "pause_cause": "sign_in_refused"}
    destination = make_destination(gate=gate | {"pause_detail": "No sign-in for mina@mit.edu"})
    client = client_for(make_user(group))
    for answer in (
        client.get(f"/api/v1/destinations/{destination.pk}").json(),
        client.get("/api/v1/destinations").json()["results"][0],
    ):
        assert answer["gate"]["pause_detail"] == ("No sign-in for mina@mit.edu" if is_shown else None)
        assert answer["gate"]["pause_cause"] == "sign_in_refused"


def test_destinations_are_filtered_by_being_enabled(sales: Client) -> None:
    enabled, disabled = make_destination(), make_destination(enabled=False)
    for value, destination in (("true", enabled), ("false", disabled)):
        rows = sales.get("/api/v1/destinations", {"enabled": value}).json()["results"]
        assert [row["id"] for row in rows] == [destination.pk]


def test_a_page_takes_six_queries(sales: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _number in range(20):
        make_destination()
    with django_assert_num_queries(6):
        assert len(sales.get("/api/v1/destinations").json()["results"]) == 20


def post(client: Client, destination: Destination, action: str) -> Any:
    return client.post(f"/api/v1/destinations/{destination.pk}/{action}")


def test_a_check_is_done_by_a_worker_and_read_from_the_destination(ops: Client) -> None:
    destination = make_destination(settings={"url": "nonsense"})
    answer = post(ops, destination, "check")
    assert (answer.status_code, answer.json()["checked_at"]) == (202, None)
    work_off()
    read = ops.get(f"/api/v1/destinations/{destination.pk}").json()
    assert read["checked_at"] is not None
    assert [step["result"] for step in read["check_steps"]] == ["failed"]


def test_paused_and_resumed_once_each(ops: Client) -> None:
    destination = make_destination()
    assert post(ops, destination, "pause").json()["gate"]["state"] == "paused"
    refused = post(ops, destination, "pause")
    assert (refused.status_code, refused.json()["detail"]) == (409, "It is paused by a person already.")
    assert post(ops, destination, "resume").json()["gate"]["state"] == "open"
    refused = post(ops, destination, "resume")
    assert (refused.status_code, refused.json()["detail"]) == (409, "Nothing keeps leads from it.")


def test_one_that_does_not_answer_says_so_and_when_it_is_tried(ops: Client) -> None:
    later = timezone.now() + timedelta(minutes=1)
    destination = make_destination(gate={"broken_at": NOON, "probe_at": later, "failing_since": NOON})
    gate = ops.get(f"/api/v1/destinations/{destination.pk}").json()["gate"]
    assert (gate["state"], gate["broken_at"]) == ("broken", "2026-03-02T12:00:00Z")


def test_what_is_wrong_is_listed_with_what_to_do(ops: Client) -> None:
    assert ops.get("/api/v1/troubles").json() == []
    crm = make_destination(name="CRM")
    make_delivery(crm, state="failed", reason="sign_in_refused")
    (trouble,) = ops.get("/api/v1/troubles").json()
    assert (trouble["kind"], trouble["about"], trouble["cause"], trouble["count"]) == (
        "leads_failed",
        "CRM",
        "sign_in_refused",
        1,
    )
    assert trouble["remedy"] == "Enter the credentials anew, and check that they have not expired."
