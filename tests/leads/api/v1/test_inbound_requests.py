import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from leads.intake.reprocessing import process_again
from leads.models import InboundRequest
from leads.roles import OPS, OWNER
from leads.states import InboundState, PrivacyAction
from tests.factories import NOON, make_endpoint, make_inbound, make_lead, make_touch, make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db


def rejected(**values: Any) -> InboundRequest:
    params = {"line": 1, "column": 2, "reason": "syntax"}
    given = {"state": InboundState.REJECTED, "reason": "not_json", "reason_params": params, "processed_at": NOON}
    return make_inbound(b"{?", **given | values)


def test_an_inbound_request_has_exactly_these_fields(ops: Client) -> None:
    endpoint = make_endpoint(name="Azure")
    inbound = rejected(
        endpoint=endpoint,
        received_at=NOON,
        source_address="192.0.2.7",
        content_type="application/json",
        user_agent="marketplace",
        remarks=[{"code": "element_repeats", "params": {"element": 2}}],
    )
    expected = {
        "id": str(inbound.pk),
        "endpoint": endpoint.pk,
        "endpoint_name": "Azure",
        "received_at": "2026-03-02T12:00:00Z",
        "source_address": "192.0.2.7",
        "content_type": "application/json",
        "user_agent": "marketplace",
        "body_size": 2,
        "state": "rejected",
        "reason": "not_json",
        "message": "The body is not valid JSON: at line 1, column 2, this is not JSON. Correct it and send it again.",
        "remarks": [
            {
                "code": "element_repeats",
                "params": {"element": 2},
                "message": "Element 2 of the list repeats an earlier lead.",
            }
        ],
        "repeat_of": None,
        "processed_at": "2026-03-02T12:00:00Z",
    }
    assert ops.get("/api/v1/inbound-requests").json() == {"next": None, "results": [expected]}
    assert ops.get(f"/api/v1/inbound-requests/{inbound.pk}").json() == expected | {
        "body_text": "{?",
        "body_base64": None,
        "is_cut": False,
        "touches": [],
        "personal_data": "shown",
    }


@pytest.mark.parametrize(
    ("body", "text", "encoded"),
    [
        ('{"Name": "미나"}'.encode(), '{"Name": "미나"}', None),
        (b"", "", None),
        (b"\x00", "\x00", None),
        (b"\xff\xfe{\x00", None, "//57AA=="),
    ],
)
def test_the_body_is_text_where_it_is_utf_8_and_base64_elsewhere(
    ops: Client, body: bytes, text: str | None, encoded: str | None
) -> None:
    answer = ops.get(f"/api/v1/inbound-requests/{make_inbound(body).pk}").json()
    assert (answer["body_text"], answer["body_base64"]) == (text, encoded)


def test_a_body_of_which_only_the_first_part_was_kept_says_so(ops: Client) -> None:
    inbound = rejected(reason="too_large", reason_params={"size": 9, "limit": 2}, body_size=9)
    answer = ops.get(f"/api/v1/inbound-requests/{inbound.pk}").json()
    assert (answer["is_cut"], answer["body_size"], answer["body_text"]) == (True, 9, "{?")


def test_what_was_read_from_it_is_named(ops: Client) -> None:
    inbound = make_inbound(state=InboundState.ACCEPTED)
    touches = [make_touch(inbound_request=inbound, position=number) for number in range(2)]
    answer = ops.get(f"/api/v1/inbound-requests/{inbound.pk}").json()
    assert sorted(answer["touches"]) == sorted(str(touch.pk) for touch in touches)


def held_touch() -> InboundRequest:
    return make_touch(privacy=PrivacyAction.HOLD).inbound_request


def touch_of_a_private_lead() -> InboundRequest:
    return make_touch(make_lead(is_private=True)).inbound_request


def repeat_of_a_held_touch() -> InboundRequest:
    return make_inbound(state=InboundState.REPEAT, repeat_of=make_touch(privacy=PrivacyAction.HOLD))


def waiting_to_be_read() -> InboundRequest:
    return make_inbound(b'{"UserDetails": {"Email": "mina@fabrikam.example, m@CS.MIT.edu"}')


def unreadable_in_utf_16() -> InboundRequest:
    return rejected(body='{"Email": "m@mit.edu", mina@fabrikam.example'.encode("utf-16"))


@pytest.mark.parametrize(
    "make",
    [held_touch, touch_of_a_private_lead, repeat_of_a_held_touch, waiting_to_be_read, unreadable_in_utf_16],
)
def test_the_body_about_somebody_held_back_is_shown_with_the_permission_only(client_for: ClientFor, make: Any) -> None:
    inbound = make()
    hidden = client_for(make_user(OPS)).get(f"/api/v1/inbound-requests/{inbound.pk}")
    assert (hidden.json()["body_text"], hidden.json()["body_base64"]) == (None, None)
    assert hidden.json()["personal_data"] == "held_back"
    assert b"mina" not in hidden.content
    seen = client_for(make_user(OWNER)).get(f"/api/v1/inbound-requests/{inbound.pk}").json()
    assert b"mina@fabrikam.example" in (seen["body_text"] or "").encode() + base64.b64decode(
        seen["body_base64"] or b""
    ).replace(b"\0", b"")
    assert seen["personal_data"] == "shown"


def test_each_filter_finds_its_requests(ops: Client) -> None:
    inbound = rejected(received_at=NOON)
    other = make_inbound(received_at=NOON + timedelta(days=1))
    for parameters in (
        {"state__in": "rejected,repeat"},
        {"endpoint": str(inbound.endpoint_id)},
        {"reason": "not_json"},
        {"received_before": "2026-03-02T12:00:01Z"},
    ):
        rows = ops.get("/api/v1/inbound-requests", parameters).json()["results"]
        assert [row["id"] for row in rows] == [str(inbound.pk)], parameters
    rows = ops.get("/api/v1/inbound-requests", {"received_after": "2026-03-02T12:00:01Z"}).json()["results"]
    assert [row["id"] for row in rows] == [str(other.pk)]


@pytest.mark.parametrize("rows", [1, 20])
def test_a_page_takes_the_same_few_queries_and_reads_no_body(
    ops: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        make_inbound()
    with django_assert_num_queries(5) as captured:
        assert len(ops.get("/api/v1/inbound-requests").json()["results"]) == rows
    assert '"body"' not in captured.captured_queries[-1]["sql"]


def test_one_request_takes_seven_queries(ops: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    inbound = make_inbound(state=InboundState.ACCEPTED)
    for number in range(10):
        make_touch(inbound_request=inbound, position=number)
    with django_assert_num_queries(7):
        assert len(ops.get(f"/api/v1/inbound-requests/{inbound.pk}").json()["touches"]) == 10


# Process again --------------------------------------------------------------------------------------------------------


def test_a_rejected_request_waits_again_and_the_workers_are_woken(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    inbound = rejected()
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.post(f"/api/v1/inbound-requests/{inbound.pk}/process-again")
    assert (answer.status_code, answer.json()["state"], answer.json()["message"]) == (202, "received", "")
    assert list(InboundRequest.objects.waiting()) == [inbound]
    inbound.refresh_from_db()
    assert (inbound.reason, inbound.reason_params, inbound.remarks, inbound.processed_at) == ("", {}, [], None)
    assert hinted == ["interpret_inbound"]


@pytest.mark.parametrize(
    "values",
    [
        {"state": InboundState.RECEIVED, "reason": ""},
        {"state": InboundState.ACCEPTED, "reason": ""},
        {"state": InboundState.REPEAT, "reason": ""},
        {"reason": "too_large", "reason_params": {"size": 9, "limit": 2}, "body_size": 9},
    ],
)
def test_a_request_that_cannot_be_read_again_stays_as_it_is(
    ops: Client,
    hinted: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    values: dict[str, Any],
) -> None:
    inbound = rejected(**values)
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.post(f"/api/v1/inbound-requests/{inbound.pk}/process-again")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:leadcrm:problem:wrong-state"
    assert answer.json()["detail"] == (
        f"This request is in the state “{inbound.state}”. "
        "Only rejected requests that were not too large can be processed again."
    )
    before = (inbound.state, inbound.reason)
    inbound.refresh_from_db()
    assert (inbound.state, inbound.reason) == before
    assert hinted == []


def test_many_are_processed_again_with_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ours, other = [rejected(), rejected()], make_inbound(state=InboundState.ACCEPTED)
    with django_assert_num_queries(1):
        assert process_again(InboundRequest.objects.all()) == 2
    assert list(InboundRequest.objects.waiting()) == ours
    other.refresh_from_db()
    assert other.state == InboundState.ACCEPTED
