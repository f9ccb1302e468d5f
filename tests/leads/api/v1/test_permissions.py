"""Every group against every operation."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import get_resolver

from leads.api.v1.urls import router
from leads.models import ExportJob, ImportJob
from leads.models.import_job import ImportState
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.sales.merging import merge
from leads.states import DeliveryState, InboundState
from tests.factories import (
    make_delivery,
    make_destination,
    make_inbound,
    make_lead,
    make_offer,
    make_resend_job,
    make_task,
    make_title,
    make_touch,
    make_user,
)
from tests.leads.api.v1.conftest import ClientFor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOBODY = "nobody"
GROUPS = (NOBODY, SALES, SALES_LEAD, OPS, OWNER)
EVERYBODY = {SALES, SALES_LEAD, OPS, OWNER}
OPERATORS = {OPS, OWNER}
SELLERS = {SALES, SALES_LEAD, OWNER}
LEADERS = {SALES_LEAD, OWNER}


class Operation(NamedTuple):
    """``make`` gives the id in the address; ``allowed`` get ``status``, all others 403."""

    method: str
    address: str
    make: Callable[[], Any]
    allowed: set[str]
    status: int = 200
    body: dict[str, Any] | bytes | None = None
    headers: dict[str, str] | None = None


def nothing() -> None:
    return None


def rejected() -> Any:
    return make_inbound(b"?", state=InboundState.REJECTED, reason="not_json").pk


def delivery(state: DeliveryState) -> Callable[[], Any]:
    return lambda: make_delivery(state=state).pk


def absorbed() -> Any:
    survivor, lead = make_lead(), make_lead()
    merge(make_user(), survivor.pk, lead.pk)
    return lead.pk


def paused() -> Any:
    return make_destination(gate={"paused_at": "2026-03-02T12:00Z", "paused_by": "person"}).pk


def an_import(state: ImportState) -> Callable[[], Any]:
    return lambda: ImportJob.objects.create(state=state).pk


def an_export() -> Any:
    return ExportJob.objects.create(asked_by=make_user(), language="en").pk


OPERATIONS = {
    "lead-list": Operation("get", "leads", nothing, EVERYBODY),
    "lead-retrieve": Operation("get", "leads/{}", lambda: make_lead().pk, EVERYBODY),
    "lead-partial_update": Operation(
        "patch", "leads/{}", lambda: make_lead().pk, SELLERS, 200, {"phone": "1"}, {"If-Match": '"0"'}
    ),
    "lead-stage": Operation("post", "leads/{}/stage", lambda: make_lead().pk, SELLERS, 200, {"stage": "contacted"}),
    "lead-owner": Operation("post", "leads/{}/owner", lambda: make_lead().pk, SELLERS, 200, {"owner": None}),
    "lead-activities": Operation("get", "leads/{}/activities", lambda: make_lead().pk, EVERYBODY),
    "lead-log": Operation(
        "post", "leads/{}/activities", lambda: make_lead().pk, SELLERS, 201, {"kind": "note", "text": "Hello"}
    ),
    "lead-tasks": Operation(
        "post", "leads/{}/tasks", lambda: make_lead().pk, SELLERS, 201, {"kind": "call", "due_at": "2030-01-01T09:00Z"}
    ),
    "lead-duplicates": Operation("get", "leads/{}/duplicates", lambda: make_lead().pk, EVERYBODY),
    "lead-merge": Operation(
        "post",
        "leads/{}/merge",
        lambda: make_lead().pk,
        SELLERS,
        400,
        {"absorb": "00000000-0000-7000-8000-000000000000"},
    ),
    "lead-split": Operation("post", "leads/{}/split", absorbed, SELLERS),
    "task-list": Operation("get", "tasks", nothing, EVERYBODY),
    "task-retrieve": Operation("get", "tasks/{}", lambda: make_task().pk, EVERYBODY),
    "task-partial_update": Operation("patch", "tasks/{}", lambda: make_task().pk, SELLERS, 200, {"done": True}),
    "touch-list": Operation("get", "touches", nothing, EVERYBODY),
    "touch-retrieve": Operation("get", "touches/{}", lambda: make_touch().pk, EVERYBODY),
    "offer-list": Operation("get", "offers", nothing, EVERYBODY),
    "offer-retrieve": Operation("get", "offers/{}", lambda: make_offer().pk, EVERYBODY),
    "offer-create": Operation("post", "offers", nothing, {OWNER}, 201, {"name": "Contoso Firewall"}),
    "offer-partial_update": Operation("patch", "offers/{}", lambda: make_offer().pk, {OWNER}, 200, {"name": "X"}),
    "offer-title-list": Operation("get", "offer-titles", nothing, OPERATORS),
    "offer-title-retrieve": Operation("get", "offer-titles/{}", lambda: make_title("A title").pk, OPERATORS),
    "offer-title-partial_update": Operation(
        "patch", "offer-titles/{}", lambda: make_title("A title").pk, OPERATORS, 200, {"offer": None}
    ),
    "destination-list": Operation("get", "destinations", nothing, EVERYBODY),
    "destination-retrieve": Operation("get", "destinations/{}", lambda: make_destination().pk, EVERYBODY),
    "destination-check": Operation("post", "destinations/{}/check", lambda: make_destination().pk, OPERATORS, 202),
    "destination-pause": Operation("post", "destinations/{}/pause", lambda: make_destination().pk, OPERATORS),
    "destination-resume": Operation("post", "destinations/{}/resume", paused, OPERATORS),
    "import-list": Operation("get", "imports", nothing, LEADERS),
    "import-retrieve": Operation("get", "imports/{}", an_import(ImportState.DONE), LEADERS),
    "import-create": Operation("post", "imports", nothing, LEADERS, 202, b"Name,E-mail\nMina,mina@x.example\n"),
    "import-start": Operation("post", "imports/{}/start", an_import(ImportState.CHECKED), LEADERS, 202, {}),
    "import-discard": Operation("post", "imports/{}/discard", an_import(ImportState.CHECKED), LEADERS, 202),
    "import-revert": Operation("post", "imports/{}/revert", an_import(ImportState.DONE), LEADERS, 202),
    "export-list": Operation("get", "exports", nothing, LEADERS),
    # Each export is for who asked for it.
    "export-retrieve": Operation("get", "exports/{}", an_export, LEADERS, 404),
    "export-create": Operation("post", "exports", nothing, LEADERS, 202, {}),
    "export-cancel": Operation("post", "exports/{}/cancel", an_export, LEADERS, 404),
    "export-file": Operation("get", "exports/{}/file", an_export, LEADERS, 404),
    "trouble-list": Operation("get", "troubles", nothing, OPERATORS),
    "delivery-list": Operation("get", "deliveries", nothing, EVERYBODY),
    "delivery-retrieve": Operation("get", "deliveries/{}", delivery(DeliveryState.FAILED), EVERYBODY),
    "delivery-retry": Operation("post", "deliveries/{}/retry", delivery(DeliveryState.FAILED), EVERYBODY, 202),
    "delivery-cancel": Operation(
        "post", "deliveries/{}/cancel", delivery(DeliveryState.FAILED), EVERYBODY, body={"note": "Entered by hand"}
    ),
    "delivery-release": Operation(
        "post", "deliveries/{}/release", delivery(DeliveryState.WITHHELD), {SALES_LEAD, OWNER}, 202
    ),
    "resend-job-list": Operation("get", "resend-jobs", nothing, OPERATORS),
    "resend-job-retrieve": Operation("get", "resend-jobs/{}", lambda: make_resend_job().pk, OPERATORS),
    "resend-job-create": Operation("post", "resend-jobs", nothing, OPERATORS, 202, {"kind": "failed"}),
    "resend-job-cancel": Operation("post", "resend-jobs/{}/cancel", lambda: make_resend_job().pk, OPERATORS),
    "inbound-request-list": Operation("get", "inbound-requests", nothing, OPERATORS),
    "inbound-request-retrieve": Operation("get", "inbound-requests/{}", rejected, OPERATORS),
    "inbound-request-process_again": Operation("post", "inbound-requests/{}/process-again", rejected, OPERATORS, 202),
}


def ask(client: Client, operation: Operation, key: Any) -> int:
    address = "/api/v1/" + operation.address.format(key)
    content: dict[str, Any] = {"headers": operation.headers}
    if operation.body is not None:
        kind = "text/csv" if isinstance(operation.body, bytes) else "application/json"
        content |= {"data": operation.body, "content_type": kind}
    status: int = getattr(client, operation.method)(address, **content).status_code
    return status


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_group_may_do_exactly_what_its_permissions_say(client_for: ClientFor, name: str, group: str) -> None:
    operation = OPERATIONS[name]
    client = client_for(make_user() if group == NOBODY else make_user(group))
    expected = operation.status if group in operation.allowed else 403
    assert ask(client, operation, operation.make()) == expected


@pytest.mark.parametrize("name", OPERATIONS)
def test_nobody_does_anything_without_signing_in(client: Client, name: str) -> None:
    operation = OPERATIONS[name]
    assert ask(client, operation, operation.make()) == 401


def test_the_matrix_holds_every_operation_of_every_resource() -> None:
    resources: list[tuple[str, Any, str]] = list(router.registry)
    operations = {f"{name}-{action}" for _prefix, resource, name in resources for action in resource.permissions}
    assert operations == OPERATIONS.keys()


def test_every_routed_action_names_its_permissions() -> None:
    views: list[Any] = [pattern.callback for pattern in router.urls]
    routed = {(view.cls, action) for view in views for action in view.actions.values()}
    assert routed
    for resource, action in routed:
        assert resource.permissions[action], (resource, action)


def test_everything_under_api_is_known_here() -> None:
    """An address that somebody adds beside the router must be thought about."""
    api = next(pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/v1/")
    names = {getattr(pattern, "name", None) for pattern in api.url_patterns}  # type: ignore[union-attr]
    assert names == {None, "openapi-yaml", "openapi-json", "docs"}


def test_a_refusal_names_the_permission_that_is_missing(sales: Client) -> None:
    answer = sales.post(f"/api/v1/deliveries/{make_delivery().pk}/release")
    assert answer.json() == {
        "type": "urn:leadcrm:problem:not-permitted",
        "title": "You may not do this",
        "status": 403,
        "detail": "Your account needs the permission leads.release_delivery.",
    }
