"""The identity service: who gets a token, how long it is good, how each refusal is told."""

import re

import pytest

from integrations.sandbox.marketo import Marketo
from tests.integrations.sandbox.marketo.caller import CLIENT_ID, CLIENT_SECRET, DESCRIBE, GRANT, Caller, bearer, codes
from tests.integrations.sandbox.sender import send

START = 1_795_327_200


def at(caller: Caller, seconds: float) -> None:
    caller.marketo.control("clock", {"at": START + seconds})


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_id_and_secret_get_a_token(caller: Caller, method: str) -> None:
    at(caller, 0)
    reply = caller.identity(method)
    assert reply.status == 200
    token = reply.content["access_token"]
    assert re.fullmatch(r"[0-9a-f-]{36}:int", token)
    assert reply.content == {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": "api-user@sandbox.example",
    }
    assert caller.call("GET", DESCRIBE, headers=bearer(token)).content["success"] is True


def test_the_same_token_comes_back_with_fewer_seconds_until_it_expires(caller: Caller) -> None:
    at(caller, 0)
    first = caller.identity().content
    at(caller, 3598.5)
    second = caller.identity().content
    assert (second["access_token"], second["expires_in"]) == (first["access_token"], 1)
    at(caller, 3600)
    third = caller.identity().content
    assert third["expires_in"] == 3600
    assert third["access_token"] != first["access_token"]


def test_a_token_is_good_to_its_last_second_and_expired_after_it(caller: Caller) -> None:
    at(caller, 0)
    token = caller.token()
    at(caller, 3599.9)
    assert caller.call("GET", DESCRIBE, headers=bearer(token)).content["success"] is True
    at(caller, 3600)
    reply = caller.call("GET", DESCRIBE, headers=bearer(token))
    assert (reply.status, codes(reply.content)) == (200, ["602"])
    assert reply.content["errors"] == [{"code": "602", "message": "Access token expired"}]
    caller.token()
    assert codes(caller.call("GET", DESCRIBE, headers=bearer(token)).content) == ["602"]


@pytest.mark.parametrize(
    ("given", "status", "answer"),
    [
        (
            {"client_id": "another"},
            401,
            {"error": "unauthorized", "error_description": "No client with requested id: another"},
        ),
        (
            {"client_secret": "wrong"},
            401,
            {"error": "invalid_client", "error_description": "Bad client credentials"},
        ),
        (
            {"grant_type": "password"},
            400,
            {"error": "unsupported_grant_type", "error_description": "Unsupported grant type: password"},
        ),
    ],
)
def test_wrong_credentials_are_refused_with_a_real_status(
    caller: Caller, given: dict[str, str], status: int, answer: dict[str, str]
) -> None:
    for method in ("POST", "GET"):
        reply = caller.identity(method, **given)
        assert (reply.status, reply.content) == (status, answer)
    assert caller.last_findings() == {"refused": "credentials"}


def test_a_body_that_is_no_form_holds_no_credentials(marketo: Marketo) -> None:
    body = "&".join(f"{name}={value}" for name, value in GRANT.items()).encode()
    assert send(marketo.url, "POST", "/identity/oauth/token", body, {"Content-Type": "text/plain"}).status == 400


def test_other_methods_and_addresses_of_the_identity_service_are_unknown(caller: Caller) -> None:
    assert caller.identity("PUT").status == 405
    assert send(caller.marketo.url, "POST", "/identity/oauth/tokens").status == 404


def test_an_unknown_token_is_invalid(caller: Caller) -> None:
    reply = caller.call("GET", DESCRIBE, headers=bearer("00000000-0000-4000-8000-000000000000:int"))
    assert reply.status == 200
    assert reply.content["success"] is False
    assert reply.content["errors"] == [{"code": "601", "message": "Access token invalid"}]
    assert re.fullmatch(r"[0-9a-f]{4}#[0-9a-f]{11}", reply.content["requestId"])


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic YTpi"}])
def test_no_token_is_an_empty_one(caller: Caller, headers: dict[str, str]) -> None:
    assert codes(caller.call("GET", DESCRIBE, headers=headers).content) == ["600"]


def test_a_token_in_the_address_is_refused_whatever_the_header_holds(caller: Caller) -> None:
    token = caller.token()
    address = f"{DESCRIBE}?access_token={token}"
    assert codes(caller.call("GET", address, headers={}).content) == ["600"]
    assert codes(caller.call("GET", address, headers=bearer(token)).content) == ["600"]


def test_revoked_tokens_are_invalid_and_the_next_one_is_new(caller: Caller) -> None:
    token = caller.token()
    caller.marketo.control("tokens/revoke", {})
    assert codes(caller.call("GET", DESCRIBE, headers=bearer(token)).content) == ["601"]
    assert caller.token() != token


def test_a_changed_secret_counts_at_once(caller: Caller) -> None:
    caller.configure(client_secret="another")
    assert caller.identity().status == 401
    assert caller.identity(client_secret="another").status == 200


def test_the_lifetime_of_a_token_is_a_setting(caller: Caller) -> None:
    caller.configure(token_seconds=2)
    at(caller, 0)
    assert caller.identity().content["expires_in"] == 2


def test_token_calls_are_counted_and_cost_no_quota(caller: Caller) -> None:
    for _ in range(3):
        caller.token()
    counted = caller.marketo.control("config")["counted"]
    assert counted == {"calls": {"/identity/oauth/token": 3}, "recent": 0, "today": 0}


def test_secrets_are_on_no_page_and_in_no_shown_setting_but_among_what_to_enter(caller: Caller) -> None:
    token = caller.token()
    caller.identity("GET")
    caller.sync({"email": "a@b.example"})
    page = send(caller.marketo.url, "GET", "/").body.decode()
    assert token not in page
    assert page.count(CLIENT_SECRET) == page.split('id="enter"')[1].split("</section>")[0].count(CLIENT_SECRET) > 0
    assert CLIENT_SECRET not in send(caller.marketo.url, "GET", "/_control/config").body.decode()
    assert ("marketo_client_id", CLIENT_ID) in caller.marketo.connection()
