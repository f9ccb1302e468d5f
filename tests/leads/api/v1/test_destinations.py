from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import PausedBy
from tests.factories import NOON, make_destination, make_proof, make_user
from tests.leads.api.v1.conftest import ClientFor

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
