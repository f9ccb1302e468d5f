"""The token endpoint: who gets a token, what it looks like, and how everybody else is refused."""

import base64
import json
import re
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.integrations.sandbox.salesforce.caller import FORM_TYPE, KEY, LEAD, MINA, ROOT, SECRET, Caller, error
from tests.integrations.sandbox.sender import Reply

PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def refused(reply: Reply) -> tuple[int, str, str]:
    assert reply.content.keys() == {"error", "error_description"}
    return reply.status, reply.content["error"], reply.content["error_description"]


def test_a_token_comes_with_the_address_of_the_api_and_without_an_end(org: Caller) -> None:
    org.salesforce.control("clock", {"at": 1795327200})
    reply = org.login()
    content = reply.content
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert re.fullmatch(r"00D5a0000000001!AQ[0-9A-Za-z._]{94}", content.pop("access_token"))
    assert len(base64.b64decode(content.pop("signature"))) == 32
    assert content == {
        "scope": "api",
        "instance_url": org.salesforce.url,
        "id": "https://login.salesforce.com/id/00D5a0000000001EAA/0055a0000000001AAA",
        "token_type": "Bearer",
        "issued_at": "1795327200000",
        "api_instance_url": "https://api.salesforce.com",
    }


def test_key_and_secret_are_also_taken_from_the_header(org: Caller) -> None:
    credentials = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {credentials}"}
    assert org.login(headers, client_id=None, client_secret=None).status == 200
    wrong = {**headers, "Authorization": "Basic ***"}
    assert refused(org.login(wrong))[1] == "invalid_client_id"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"grant_type": None}, (400, "unsupported_grant_type", "grant type not supported")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", "grant type not supported")),
        ({"grant_type": JWT_BEARER}, (400, "unsupported_grant_type", "grant type not supported")),
        ({"client_id": None}, (400, "invalid_client_id", "client identifier invalid")),
        ({"client_id": "other"}, (400, "invalid_client_id", "client identifier invalid")),
        ({"client_id": "other", "client_secret": "x"}, (400, "invalid_client_id", "client identifier invalid")),
        ({"client_secret": None}, (400, "invalid_client", "invalid client credentials")),
        ({"client_secret": SECRET.lower()}, (400, "invalid_client", "invalid client credentials")),
        ({"client_secret": "김"}, (400, "invalid_client", "invalid client credentials")),
    ],
)
def test_a_wrong_field_is_refused(org: Caller, given: dict[str, str | None], wanted: tuple[int, str, str]) -> None:
    assert refused(org.login(**given)) == wanted
    assert [one["findings"] for one in org.arrived("tokens")] == [{"refused": wanted[1]}]


@pytest.mark.parametrize(
    ("settings", "error", "description"),
    [
        ({"org": {"my_domain": False}}, "invalid_grant", "request not supported on this domain"),
        ({"app": {"client_credentials": False}}, "unsupported_grant_type", "grant type not supported"),
        ({"app": {"run_as": False}}, "invalid_grant", "no client credentials user enabled"),
        ({"app": {"ip_restricted": True}}, "invalid_grant", "ip restricted"),
        ({"user": {"active": False}}, "inactive_user", "user is inactive"),
        ({"org": {"active": False}}, "inactive_org", "organization is inactive"),
        ({"limits": {"logins_per_hour": 0}}, "invalid_grant", "login rate exceeded"),
    ],
)
def test_a_set_up_that_is_not_complete_is_refused(
    org: Caller, settings: dict[str, Any], error: str, description: str
) -> None:
    org.configure(**settings)
    assert refused(org.login()) == (400, error, description)


def test_wrong_credentials_come_before_what_is_wrong_with_the_set_up(org: Caller) -> None:
    org.configure(app={"run_as": False, "ip_restricted": True}, user={"active": False})
    assert refused(org.login(client_secret="x"))[1] == "invalid_client"
    assert refused(org.login())[2] == "no client credentials user enabled"


def test_wrong_credentials_may_also_be_answered_401(org: Caller) -> None:
    org.configure(app={"answers_401": True})
    assert refused(org.login(client_secret="x"))[:2] == (401, "invalid_client")
    assert refused(org.login(client_id="x"))[:2] == (401, "invalid_client_id")
    assert refused(org.login(grant_type="x"))[:2] == (400, "unsupported_grant_type")


def test_only_forms_that_are_posted_are_read(org: Caller) -> None:
    assert refused(org.login(FORM_TYPE, "GET")) == (400, "invalid_request", "must use HTTP POST")
    assert refused(org.login({"Content-Type": "application/json"}))[1] == "unsupported_grant_type"


def test_log_ins_are_counted_for_an_hour(org: Caller) -> None:
    org.configure(limits={"logins_per_hour": 2})
    assert [org.login().status for _ in range(3)] == [200, 200, 400]
    org.salesforce.control("clock", {"offset": 3601})
    assert org.login().status == 200


def test_a_session_ends_two_hours_after_its_last_use(org: Caller) -> None:
    now = 1795327200
    org.salesforce.control("clock", {"at": now})
    assert org.insert().status == 201
    org.salesforce.control("clock", {"at": now + 7199})
    assert org.call("GET", f"{ROOT}/limits").status == 200
    org.salesforce.control("clock", {"at": now + 7199 + 7200})
    assert error(org.call("GET", f"{ROOT}/limits")) == (401, "INVALID_SESSION_ID")
    assert len(org.arrived("tokens")) == 1


def test_revoked_tokens_are_refused_and_new_ones_are_taken(org: Caller) -> None:
    assert org.insert().status == 201
    org.salesforce.control("tokens/revoke", {})
    assert error(org.insert()) == (401, "INVALID_SESSION_ID")
    assert org.insert({"Authorization": f"Bearer {org.token()}"}, Marketplace_Lead_Id__c="other").status == 201


def test_a_user_made_inactive_loses_the_session(org: Caller) -> None:
    assert org.insert().status == 201
    org.configure(user={"active": False})
    assert error(org.insert()) == (401, "INVALID_SESSION_ID")


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "INVALID_SESSION_ID"),
        ("Bearer unknown", "INVALID_SESSION_ID"),
        ("Basic eDp5", "INVALID_AUTH_HEADER"),
        ("Bearer", "INVALID_AUTH_HEADER"),
        ("token", "INVALID_AUTH_HEADER"),
    ],
)
def test_a_call_needs_a_token(org: Caller, authorization: str | None, code: str) -> None:
    reply = org.call("POST", LEAD, MINA, {"Authorization": authorization})
    assert error(reply) == (401, code)
    assert reply.headers["sforce-limit-info"] == "api-usage=0/100000"
    assert org.kept() == []


def test_secrets_are_not_shown(org: Caller) -> None:
    org.configure(app={"consumer_secret": "sentinel-secret"})
    token = org.login(client_secret="sentinel-secret").content["access_token"]
    org.call("GET", f"{ROOT}/limits", headers={"Authorization": f"Bearer {token}"})
    assert org.salesforce.control("config")["app"]["consumer_secret"] == "***"
    assert not org.salesforce.conceals("Content-Type")
    assert org.salesforce.conceals("AUTHORIZATION")


# JWT bearer


def part(content: Any) -> str:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def signed(claims: dict[str, Any], algorithm: str = "RS256") -> str:
    text = f"{part({'alg': algorithm})}.{part(claims)}"
    return f"{text}.{part(PRIVATE_KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def claims(**given: Any) -> dict[str, Any]:
    usual = {"iss": KEY, "sub": "integration@sandbox.example", "aud": "https://login.salesforce.com"}
    return {**usual, "exp": int(time.time()) + 170, **given}


def public_key() -> dict[str, str]:
    numbers = PRIVATE_KEY.public_key().public_numbers()
    return {"n": part(numbers.n.to_bytes(256)), "e": part(numbers.e.to_bytes(3))}


def present(org: Caller, assertion: str) -> Reply:
    return org.login(client_id=None, client_secret=None, grant_type=JWT_BEARER, assertion=assertion)


def test_a_signed_assertion_gets_a_token(org: Caller) -> None:
    org.configure(app={"key": public_key()})
    reply = present(org, signed(claims()))
    assert reply.status == 200
    bearer = {"Authorization": f"Bearer {reply.content['access_token']}"}
    assert org.call("GET", f"{ROOT}/limits", headers=bearer).status == 200
    assert present(org, signed(claims(aud=org.salesforce.url))).status == 200


@pytest.mark.parametrize(
    ("given", "error", "description"),
    [
        ({"iss": "other"}, "invalid_client_id", "client identifier invalid"),
        ({"aud": "https://example.com"}, "invalid_grant", "audience is invalid"),
        ({"exp": 1}, "invalid_grant", "expired authorization code"),
        ({"exp": 99_999_999_999}, "invalid_grant", "invalid assertion"),
        ({"exp": "soon"}, "invalid_grant", "invalid assertion"),
        ({"sub": "nobody@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
    ],
)
def test_a_wrong_claim_is_refused(org: Caller, given: dict[str, Any], error: str, description: str) -> None:
    org.configure(app={"key": public_key()})
    assert refused(present(org, signed(claims(**given)))) == (400, error, description)


def test_an_app_that_is_not_approved_for_the_user_is_refused(org: Caller) -> None:
    org.configure(app={"key": public_key(), "approved": False})
    wanted = (400, "invalid_app_access", "user is not admin approved to access this app")
    assert refused(present(org, signed(claims()))) == wanted


def test_an_assertion_that_is_not_signed_right_is_refused(org: Caller) -> None:
    org.configure(app={"key": public_key()})
    good = signed(claims())
    forged = f"{good.rpartition('.')[0]}.{part(b'x' * 256)}"
    for assertion in ("", "a.b", "a.b.c", "é.b.c", forged, good[:-8], signed(claims(), "none"), part([]) + ".b.c"):
        assert refused(present(org, assertion)) == (400, "invalid_grant", "invalid assertion")
