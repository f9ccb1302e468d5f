"""Schemathesis: whatever is sent, the API answers what its own description allows, and never with a 5xx."""

import re
import zlib
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from pytest_django import Settings
from rest_framework.throttling import SimpleRateThrottle
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from leadcrm.wsgi import application
from leads.models import ExportJob, ImportJob
from leads.models.export_job import ExportState
from leads.models.import_job import ImportState
from leads.models.resend_job import ResendState
from leads.roles import OPS, OWNER
from leads.sales.merging import merge
from leads.states import DeliveryState, InboundState, PausedBy, PrivacyAction, Stage
from tests.factories import (
    NOON,
    make_attempt,
    make_delivery,
    make_destination,
    make_inbound,
    make_lead,
    make_offer,
    make_resend_job,
    make_task,
    make_title,
    make_token,
    make_touch,
    make_user,
)
from tests.leads.api.v1.test_description import COMMITTED

pytestmark = pytest.mark.slow

EXAMPLES = 10  # for each operation and kind of input

GENERATION = GenerationConfig(max_examples=EXAMPLES, deterministic=True, database="none")
CONFIG = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=GENERATION)))

# A cursor is a text, but not every text is a cursor; and "5" is taken for 5.
TOO_STRICT = [positive_data_acceptance, negative_data_rejection]

# The committed description, which another test keeps equal to the served one.
api = schemathesis.openapi.from_path(COMMITTED, config=CONFIG)
api.app = application


@pytest.fixture(autouse=True)
def _unthrottled(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(("read", "write", "anon")))


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """As Django's own test client does it: the rows of a test live in a transaction that no request may end."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def owner(db: None) -> User:
    return make_user(OWNER)


@pytest.fixture
def rows(owner: User) -> dict[str, list[Any]]:
    """Ids by resource, of rows in every state."""
    offer = make_offer(publisher_id="contoso", offer_id="firewall")
    paused = {"paused_at": NOON, "paused_by": PausedBy.MACHINE, "pause_cause": "sign_in_refused"}
    destinations = [make_destination(), make_destination(gate=paused), make_destination(gate={"held_until": NOON})]
    deliveries = [make_delivery(destinations[0], state=state) for state in DeliveryState]
    for delivery in deliveries:
        make_attempt(delivery, finished_at=NOON, result="rejected", cause="record_refused", http_status=422)
    make_attempt(make_delivery(destinations[1], state=DeliveryState.SENDING))
    touches = [make_touch(make_lead(offer=offer), offer=offer), make_touch(privacy=PrivacyAction.HOLD)]
    jobs = [
        make_resend_job(destinations[0]),
        make_resend_job(state=ResendState.DONE, finished_at=NOON, skipped={"sending": 1}),
    ]
    inbound = [make_inbound(b"\xff", state=state, reason="empty") for state in InboundState]
    survivor, absorbed = make_lead(), make_lead()
    merge(make_user(), survivor.pk, absorbed.pk)
    return {
        "leads": [*(make_lead(stage=stage, is_private=True).pk for stage in Stage), survivor.pk, absorbed.pk],
        "tasks": [make_task().pk, make_task(make_lead(is_private=True), done_at=NOON).pk],
        "touches": [touch.pk for touch in touches],
        "offers": [offer.pk],
        "offer-titles": [make_title("A title").pk],
        "destinations": [destination.pk for destination in destinations],
        "deliveries": [delivery.pk for delivery in deliveries],
        "resend-jobs": [job.pk for job in jobs],
        "imports": [ImportJob.objects.create(state=state).pk for state in ImportState],
        "exports": [
            ExportJob.objects.create(asked_by=asker, state=state, language="en").pk
            for asker in (owner, make_user())
            for state in ExportState
        ],
        "inbound-requests": [request.pk for request in inbound] + [touch.inbound_request_id for touch in touches],
    }


@pytest.fixture
def tokens(owner: User) -> list[str]:
    return [make_token(user) for user in (owner, make_user(OPS))]


def aim(case: Any, rows: dict[str, list[Any]]) -> None:
    """Generated ids belong to no row: let most of those that could be ids stand for one that exists."""
    given = str(case.path_parameters.get("id", ""))
    if re.fullmatch("[0-9]+|[0-9a-f-]{36}", given):
        ids = [given, *rows[case.path.split("/")[3]]]
        case.path_parameters["id"] = str(ids[zlib.crc32(given.encode()) % len(ids)])


@api.parametrize()
@hypothesis.settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_answer_is_one_that_the_description_allows(case: Any, rows: Any, tokens: list[str]) -> None:
    aim(case, rows)
    for token in tokens:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=TOO_STRICT)
