"""Answers when something is wrong: problem documents under /api/, ordinary pages elsewhere."""

import logging
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings

from leads.api.v1 import leads
from leads.api.v1.urls import router
from leads.models import Endpoint
from tests.factories import make_offer, make_secret, text_of

pytestmark = pytest.mark.django_db


def problem(answer: Any) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    assert content["status"] == answer.status_code
    return content


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/lead", "/api/v2/leads", "/api/v1/leads/", "/api/x%00"])
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_an_unknown_address_under_api_answers_with_a_problem(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert answer.status_code == 404
    assert problem(answer) == {
        "type": "urn:leadcrm:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "Nothing is here. See /api/v1/docs/ for what is.",
    }


@pytest.mark.parametrize("path", ["/nothing", "/apix", "/webhooks/a/b"])
def test_an_unknown_address_elsewhere_answers_with_a_page(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "options"])
@pytest.mark.parametrize("ending", ["", "/"])
def test_an_unknown_webhook_secret_answers_byte_for_byte_as_any_unknown_address(
    client: Client, method: str, ending: str
) -> None:
    disabled = make_secret(Endpoint.objects.create(name="off", enabled=False))
    unknown = getattr(client, method)("/nothing-is-here" + ending)
    for path in ("/webhooks/" + "x" * 43, f"/webhooks/{text_of(disabled)}"):
        answer = getattr(client, method)(path + ending)
        assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
        assert dict(answer.headers) == dict(unknown.headers)
    assert unknown.status_code == 404


@pytest.mark.parametrize("pk", ["019f3c1e-7a50-7c3e-9b6a-2f1d5c8e4a10", "5", "x", "%00", "é"])
def test_something_that_does_not_exist_is_not_found(sales: Client, pk: str) -> None:
    answer = sales.get(f"/api/v1/leads/{pk}")
    assert answer.status_code == 404
    assert problem(answer)["type"] == "urn:leadcrm:problem:not-found"


def addresses() -> list[str]:
    """Of each resource its list, and one of its rows where they have addresses."""
    lists = [prefix for prefix, _resource, _name in router.registry]
    return lists + [f"{prefix}/1" for prefix, resource, _name in router.registry if hasattr(resource, "retrieve")]


@pytest.mark.parametrize("address", addresses())
@pytest.mark.parametrize("method", ["put", "delete", "options", "trace"])
@pytest.mark.parametrize("query", ["", "?colour=red"])
def test_a_method_that_is_not_offered_is_refused(owner: Client, address: str, method: str, query: str) -> None:
    answer = getattr(owner, method)(f"/api/v1/{address}{query}")
    assert answer.status_code == 405
    assert problem(answer)["type"] == "urn:leadcrm:problem:method-not-allowed"
    assert "GET" in answer.headers["Allow"]


def test_a_format_that_is_not_offered_is_refused_in_json(sales: Client) -> None:
    answer = sales.get("/api/v1/leads", headers={"Accept": "text/html"})
    assert answer.status_code == 406
    assert problem(answer)["type"] == "urn:leadcrm:problem:not-acceptable"


def test_a_body_that_is_not_json_is_refused(owner: Client) -> None:
    answer = owner.post("/api/v1/offers", "{", content_type="application/json")
    assert answer.status_code == 400
    assert problem(answer)["type"] == "urn:leadcrm:problem:unreadable-body"


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"name": NaN}', b"[" * 200_000, b""])
def test_a_body_that_no_parser_takes_is_refused_too(owner: Client, body: bytes) -> None:
    assert owner.post("/api/v1/offers", body, content_type="application/json").status_code == 400


def test_a_form_is_refused_with_the_reason(owner: Client) -> None:
    answer = owner.post("/api/v1/offers", "name=x", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415
    assert problem(answer)["type"] == "urn:leadcrm:problem:unsupported-media-type"


def test_each_wrong_field_has_its_pointer(owner: Client) -> None:
    answer = owner.post("/api/v1/offers", {"offer_id": "x" * 201, "na/me~": 1}, content_type="application/json")
    assert answer.status_code == 400
    assert problem(answer)["errors"] == [
        {
            "pointer": "#/na~1me~0",
            "code": "unknown",
            "detail": "There is no such field. Known are: name, publisher_id, offer_id.",
        }
    ]
    answer = owner.post("/api/v1/offers", {"offer_id": "x" * 201}, content_type="application/json")
    assert problem(answer) == {
        "type": "urn:leadcrm:problem:invalid-input",
        "title": "The input is not valid",
        "status": 400,
        "detail": "#/name: This field is required. #/offer_id: Ensure this field has no more than 200 characters.",
        "errors": [
            {"pointer": "#/name", "code": "required", "detail": "This field is required."},
            {
                "pointer": "#/offer_id",
                "code": "max_length",
                "detail": "Ensure this field has no more than 200 characters.",
            },
        ],
    }


def test_a_body_that_is_no_object_is_wrong_as_a_whole(owner: Client) -> None:
    answer = owner.post("/api/v1/offers", "[1]", content_type="application/json")
    assert [error["pointer"] for error in problem(answer)["errors"]] == ["#"]


def test_an_error_of_ours_tells_nothing_to_the_caller_and_no_text_to_the_log(
    sales: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("mina@fabrikam.example")

    monkeypatch.setattr(leads.LeadResource, "filter_queryset", fail)
    sales.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        answer = sales.get("/api/v1/leads")
    assert answer.status_code == 500
    assert problem(answer) == {
        "type": "urn:leadcrm:problem:internal-error",
        "title": "Lead CRM made an error of its own",
        "status": 500,
        "detail": "Try again later. If it lasts, look for this time in the log of Lead CRM.",
    }
    assert "GET /api/v1/leads failed: RuntimeError at test_problems.py" in caplog.text
    assert "mina@" not in caplog.text


@override_settings(MIDDLEWARE=["tests.leads.api.v1.test_problems.failing_middleware"])
@pytest.mark.parametrize(
    ("path", "content_type"), [("/api/v1/leads", "application/problem+json"), ("/nothing", "text/html; charset=utf-8")]
)
def test_an_error_outside_the_views_is_a_problem_too(client: Client, path: str, content_type: str) -> None:
    client.raise_request_exception = False
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, content_type)


def failing_middleware(get_response: Any) -> Any:
    def fail(request: Any) -> None:
        raise RuntimeError

    return fail


@pytest.mark.parametrize(
    ("path", "content_type"), [("/api/v1/leads", "application/problem+json"), ("/nothing", "text/html; charset=utf-8")]
)
def test_an_unknown_host_is_a_problem_too(client: Client, path: str, content_type: str) -> None:
    answer = client.get(path, headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, content_type)


def test_problems_are_said_in_the_language_asked_for_but_their_type_stays(client: Client) -> None:
    answer = client.get("/api/v1/nothing", headers={"Accept-Language": "ko"})
    assert problem(answer)["type"] == "urn:leadcrm:problem:not-found"
    assert answer.headers["Content-Language"] == "ko"


def test_answers_stay_out_of_caches(sales: Client) -> None:
    for path in ("/api/v1/leads", "/api/v1/leads/x"):
        assert sales.get(path).headers["Cache-Control"] == "no-store"


def test_a_database_that_is_away_is_a_problem_without_details(sales: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sales.raise_request_exception = False

    def refuse(*arguments: object, **more: object) -> None:
        raise OperationalError("host db.internal")

    with connection.execute_wrapper(refuse):
        answer = sales.get("/api/v1/leads")
    assert answer.status_code == 500
    assert "db.internal" not in answer.content.decode()
    assert problem(answer)["type"] == "urn:leadcrm:problem:internal-error"


def test_two_who_add_the_same_offer_at_once_both_get_an_answer(owner: Client) -> None:
    make_offer(publisher_id="contoso", offer_id="firewall")
    body = {"name": "Another", "publisher_id": "Contoso", "offer_id": "FIREWALL"}
    answer = owner.post("/api/v1/offers", body, content_type="application/json")
    assert answer.status_code == 400
    assert problem(answer)["errors"] == [
        {
            "pointer": "#/offer_id",
            "code": "unique",
            "detail": "There is an offer with this publisher ID and offer ID already.",
        }
    ]
