"""What the marketplace posts is kept as it came, and answered with what became of it."""

import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from leads.marketplace.samples import body_of
from leads.models import EndpointSecret, InboundRequest, Touch
from leads.states import InboundState
from tests.factories import lead_json, make_secret, text_of

pytestmark = pytest.mark.django_db

SAMPLE = body_of("a_documented")


@pytest.fixture
def secret() -> EndpointSecret:
    return make_secret()


@pytest.fixture
def address(secret: EndpointSecret) -> str:
    return f"/webhooks/{text_of(secret)}"


def only_request() -> InboundRequest:
    return InboundRequest.objects.get()


def test_a_posted_lead_is_kept_byte_for_byte_and_answered_with_its_receipt(
    client: Client, secret: EndpointSecret, address: str
) -> None:
    answer = client.generic("POST", address, SAMPLE, "application/json", headers={"User-Agent": "marketplace/1"})
    kept = only_request()
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"status": "accepted", "receipt": str(kept.id)}
    assert bytes(kept.body) == SAMPLE
    assert (kept.body_size, kept.state, kept.reason) == (len(SAMPLE), InboundState.RECEIVED, "")
    assert (kept.endpoint_id, kept.secret) == (secret.endpoint_id, secret)
    assert (kept.content_type, kept.user_agent) == ("application/json", "marketplace/1")
    assert kept.source_address == "127.0.0.1"
    assert kept.processed_at is None
    assert not Touch.objects.exists()


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "nonsense",
        "",
    ],
)
def test_the_content_type_does_not_matter(client: Client, address: str, content_type: str) -> None:
    answer = client.generic("POST", address, SAMPLE, content_type)
    assert answer.status_code == HTTPStatus.OK
    assert bytes(only_request().body) == SAMPLE
    assert only_request().content_type == content_type


ACCEPTED_BODIES = {
    "byte-order mark": b"\xef\xbb\xbf" + SAMPLE,
    "UTF-16": SAMPLE.decode().encode("utf-16"),
    "no field at all": b"{}",
    "nulls": b'{"UserDetails": null, "LeadSource": null}',
    "keys in any case": b'{"USERDETAILS": {"EMAIL": "mina@fabrikam.example"}}',
    "unknown fields": b'{"Surprise": {"deep": [1, 2]}}',
    "array": json.dumps([lead_json(), lead_json(FirstName="Jun")]).encode(),
    "array with a broken element": b'[{}, "no lead"]',
}


@pytest.mark.parametrize("body", ACCEPTED_BODIES.values(), ids=ACCEPTED_BODIES.keys())
def test_every_json_object_is_accepted(client: Client, address: str, body: bytes) -> None:
    assert client.generic("POST", address, body).status_code == HTTPStatus.OK
    assert bytes(only_request().body) == body
    assert only_request().state == InboundState.RECEIVED


REJECTED_BODIES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "empty": (b"", {}),
    "blank": (b" \r\n\t", {}),
    "not_json": (b'{"a": 1,\n "b" 2}', {"line": 2, "column": 6, "position": 14, "reason": "colon_missing"}),
    "not_text": (b'{"a": "\xff\xfe\xff"}', {"line": 1, "column": 8, "position": 7}),
    "not_an_object": (b"17", {}),
    "empty_array": (b"[]", {}),
    "element_not_an_object": (b"[1, 2]", {"element": 1}),
}


@pytest.mark.parametrize("name", REJECTED_BODIES)
def test_what_holds_no_lead_is_kept_as_rejected_with_the_place(client: Client, address: str, name: str) -> None:
    body, params = REJECTED_BODIES[name]
    reason = "empty" if name == "blank" else name
    answer = client.generic("POST", address, body, "application/json")
    kept = only_request()
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    said = answer.json()
    assert (said["status"], said["receipt"], said["reason"]) == ("rejected", str(kept.id), reason)
    assert (kept.state, kept.reason, kept.reason_params) == (InboundState.REJECTED, reason, params)
    assert bytes(kept.body) == body


def test_a_rejection_says_in_words_where_and_why(client: Client, address: str) -> None:
    answer = client.generic("POST", address, b'{"a": 1,\n "b" 2}')
    assert answer.json()["message"] == (
        "The body is not valid JSON: at line 2, column 6, a colon is missing before this place. "
        "Correct it and send it again."
    )


def test_a_rejection_never_repeats_what_was_posted(client: Client, address: str) -> None:
    answer = client.generic("POST", address, b'{"Email": "mina@fabrikam.example", "LastName" "Park"}')
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert b"mina" not in answer.content
    assert b"Park" not in answer.content


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused_and_nothing_is_kept(client: Client, address: str, method: str) -> None:
    answer = client.generic(method, address, SAMPLE)
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer["Allow"] == "POST"
    assert not InboundRequest.objects.exists()


def test_the_address_may_end_with_a_slash(client: Client, address: str) -> None:
    assert client.generic("POST", f"{address}/", SAMPLE).status_code == HTTPStatus.OK
    assert bytes(only_request().body) == SAMPLE


def test_a_query_in_the_address_changes_nothing(client: Client, address: str) -> None:
    assert client.generic("POST", f"{address}?source=marketplace&x=%00", SAMPLE).status_code == HTTPStatus.OK
    assert bytes(only_request().body) == SAMPLE


def test_a_repeat_is_kept_and_answered_like_the_first(client: Client, address: str) -> None:
    first, second = (client.generic("POST", address, SAMPLE) for _try in range(2))
    assert (first.status_code, second.status_code) == (HTTPStatus.OK, HTTPStatus.OK)
    assert first.json()["receipt"] != second.json()["receipt"]
    assert InboundRequest.objects.filter(state=InboundState.RECEIVED).count() == 2


@pytest.mark.parametrize("body", [SAMPLE, b"not JSON"], ids=["accepted", "rejected"])
def test_a_post_costs_two_queries(client: Client, address: str, body: bytes, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2) as queries:
        client.generic("POST", address, body)
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT", "INSERT"]


def test_a_lead_posted_without_encryption_is_kept_not_redirected(settings: Any, address: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert client.get("/admin/").status_code == HTTPStatus.MOVED_PERMANENTLY
    assert client.generic("POST", address, SAMPLE).status_code == HTTPStatus.OK
    assert bytes(only_request().body) == SAMPLE


# --- Hints ----------------------------------------------------------------------------------------------------------


def test_the_worker_is_woken_once_and_only_after_the_commit(
    client: Client, address: str, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        client.generic("POST", address, SAMPLE)
        assert callbacks == []
    assert len(callbacks) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", None, b"not JSON"), ("GET", None, b""), ("POST", "/webhooks/unknown", SAMPLE)],
    ids=["rejected", "wrong method", "unknown secret"],
)
def test_nobody_is_woken_where_there_is_nothing_to_do(
    client: Client, address: str, method: str, path: str | None, body: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        client.generic(method, path or address, body)
    assert callbacks == []


# --- The sender's headers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("text/\x00plain", "text/?plain"),
        ("caf\xe9 \xff", "caf\xe9 \xff"),
        ("a\r\nb\x7f\x9f", "a??b??"),
        ("x" * 10_000, "x" * 200),
    ],
    ids=["NUL", "Latin-1", "control characters", "10 kB"],
)
def test_whatever_stands_in_a_header_the_lead_is_kept(client: Client, address: str, given: str, kept: str) -> None:
    answer = client.generic("POST", address, SAMPLE, given, HTTP_USER_AGENT=given)
    assert answer.status_code == HTTPStatus.OK
    assert only_request().content_type == kept
    assert only_request().user_agent == (kept if len(kept) < 200 else "x" * 300)


# --- The address in Partner Center ----------------------------------------------------------------------------------


def test_the_url_is_one_that_the_marketplace_takes(secret: EndpointSecret, settings: Any) -> None:
    # The pattern of the product ingestion API's schema for an HTTPS lead destination.
    pattern = r"^https://[a-zA-Z0-9/?$+-~!@#%^&*()_='.:[\]@,;]+$"
    assert re.fullmatch(pattern, secret.url)
    assert secret.url == f"https://leads.example.com/webhooks/{text_of(secret)}"
    assert len(text_of(secret)) == 43  # 256 bits


def test_a_secret_is_not_stored_in_clear_text(secret: EndpointSecret) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM leads_endpointsecret")
        assert text_of(secret) not in str(cursor.fetchall())
