"""The token endpoint with a client secret: what it issues, what it refuses, how long a token is good."""

import re
from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import CLIENT, SECRET, TENANT, Caller, ask_token, last_request
from tests.integrations.sandbox.sender import Reply, send

OTHER = "11111111-2222-4333-8444-555555555555"


def refusal(reply: Reply) -> tuple[int, str, int]:
    """Status, error and AADSTS number."""
    content = reply.content
    [number] = content["error_codes"]
    assert content["error_description"].startswith(f"AADSTS{number}: ")
    assert content["error_uri"].endswith(f"?code={number}")
    return reply.status, content["error"], number


def test_the_right_secret_gets_a_bearer_token(dataverse: Dataverse) -> None:
    reply = ask_token(dataverse)
    assert reply.status == 200
    assert sorted(reply.content) == ["access_token", "expires_in", "ext_expires_in", "token_type"]
    assert (reply.content["token_type"], reply.content["expires_in"]) == ("Bearer", 3599)
    assert (reply.headers["content-type"], reply.headers["cache-control"]) == ("application/json", "no-store, no-cache")
    assert last_request(dataverse)["collection"] == "token"


def test_a_verified_domain_stands_for_the_tenant(dataverse: Dataverse) -> None:
    assert ask_token(dataverse, "Contoso-Sandbox.example").status == 200


def test_an_error_has_all_its_parts(dataverse: Dataverse) -> None:
    dataverse.control("clock", {"at": 1795327200})
    content = ask_token(dataverse, client_secret="wrong~").content
    assert content["timestamp"] == "2026-11-22 06:00:00Z"
    assert sorted(content) == [
        "correlation_id",
        "error",
        "error_codes",
        "error_description",
        "error_uri",
        "timestamp",
        "trace_id",
    ]
    described = re.escape(
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client "
        f"secret value, not the client secret ID, for a secret added to app '{CLIENT}'. Trace ID: "
    )
    assert re.fullmatch(
        described + r"\S{36} Correlation ID: \S{36} Timestamp: 2026-11-22 06:00:00Z", content["error_description"]
    )


@pytest.mark.parametrize(
    ("tenant", "changes", "wanted"),
    [
        (TENANT, {"client_secret": "wrong~"}, (401, "invalid_client", 7000215)),
        (TENANT, {"client_secret": None}, (401, "invalid_client", 7000216)),
        (TENANT, {"client_id": OTHER}, (400, "unauthorized_client", 700016)),
        (TENANT, {"client_id": TENANT}, (400, "unauthorized_client", 700016)),
        (OTHER, {}, (400, "invalid_request", 90002)),
        ("other.example", {}, (400, "invalid_request", 90002)),
        ("contoso", {}, (400, "invalid_request", 900023)),
        (TENANT[:-1], {}, (400, "invalid_request", 900023)),
        (TENANT, {"grant_type": None}, (400, "invalid_request", 900144)),
        (TENANT, {"client_id": None}, (400, "invalid_request", 900144)),
        (TENANT, {"scope": None}, (400, "invalid_request", 900144)),
        (TENANT, {"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        (TENANT, {"scope": "https://other.crm4.dynamics.com/.default"}, (400, "invalid_resource", 500011)),
        (TENANT, {"scope": "https://other.crm4.dynamics.com//.default"}, (400, "invalid_scope", 70011)),
        (TENANT, {"scope": "https://other.crm4.dynamics.com/main.aspx/.default"}, (400, "invalid_scope", 70011)),
        (TENANT, {"scope": "other/.default"}, (400, "invalid_scope", 70011)),
        (TENANT, {"scope": "https://other.crm4.dynamics.com"}, (400, "invalid_scope", 1002012)),
        (TENANT, {"scope": "https://other.crm4.dynamics.com/user_impersonation"}, (400, "invalid_scope", 1002012)),
    ],
)
def test_a_wrong_request_gets_the_error_of_the_directory(
    dataverse: Dataverse, tenant: str, changes: dict[str, str | None], wanted: tuple[int, str, int]
) -> None:
    assert refusal(ask_token(dataverse, tenant, **changes)) == wanted


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"secret_expired": True}, (401, "invalid_client", 7000222)),
        ({"application": "disabled"}, (400, "unauthorized_client", 7000112)),
        ({"conditional_access": "blocks"}, (400, "access_denied", 53003)),
        ({"token_trouble": "50196"}, (400, "invalid_grant", 50196)),
        ({"token_trouble": "90033"}, (503, "temporarily_unavailable", 90033)),
        ({"token_trouble": "90055"}, (429, "temporarily_unavailable", 90055)),
        ({"token_trouble": "429"}, (429, "temporarily_unavailable", 90100)),
        ({"token_trouble": "503"}, (503, "server_error", 90036)),
    ],
)
def test_a_directory_in_trouble_says_so(
    dataverse: Dataverse, settings: dict[str, Any], wanted: tuple[int, str, int]
) -> None:
    dataverse.control("config", settings)
    reply = ask_token(dataverse)
    assert refusal(reply) == wanted
    assert reply.headers.get("retry-after") == ("10" if wanted[0] == 429 else None)


def test_an_expired_secret_is_told_only_to_who_knows_it(dataverse: Dataverse) -> None:
    dataverse.control("config", {"secret_expired": True})
    assert refusal(ask_token(dataverse, client_secret="wrong~"))[2] == 7000215


def test_a_changed_secret_replaces_the_old_one(dataverse: Dataverse) -> None:
    dataverse.control("config", {"client_secret": "a+b & c~ü"})
    assert ask_token(dataverse, client_secret="a+b & c~ü").status == 200
    assert refusal(ask_token(dataverse))[2] == 7000215


def test_only_a_form_is_read_and_only_a_post(dataverse: Dataverse) -> None:
    assert refusal(ask_token(dataverse, TENANT, {"Content-Type": "application/json"}))[2] == 900144
    reply = send(dataverse.url, "GET", f"/{TENANT}/oauth2/v2.0/token")
    assert (refusal(reply), reply.headers["allow"]) == ((405, "invalid_request", 900561), "POST")


def test_every_token_is_another_one(dataverse: Dataverse) -> None:
    assert ask_token(dataverse).content["access_token"] != ask_token(dataverse).content["access_token"]


def test_a_token_is_good_until_its_time_is_over(dataverse: Dataverse) -> None:
    dataverse.control("clock", {"at": 1795327200})
    dataverse.control("config", {"token_lifetime": 60})
    caller = Caller(dataverse)
    dataverse.control("clock", {"at": 1795327259})
    assert caller.call("GET", "WhoAmI").status == 200
    dataverse.control("clock", {"at": 1795327260})
    assert caller.call("GET", "WhoAmI").status == 401
    assert Caller(dataverse).call("GET", "WhoAmI").status == 200


def test_revoked_tokens_are_good_for_nothing(dataverse: Dataverse) -> None:
    caller = Caller(dataverse)
    assert dataverse.control("tokens/revoke", {}) == {}
    assert caller.call("GET", "WhoAmI").status == 401


def test_a_token_of_another_environment_is_refused_here(dataverse: Dataverse) -> None:
    dataverse.control("config", {"resources": ["https://other.crm4.dynamics.com"]})
    elsewhere = Caller(dataverse, scope="https://OTHER.crm4.dynamics.com/.default")
    assert elsewhere.call("GET", "WhoAmI").status == 401
    assert last_request(dataverse)["findings"] == {"refused": "token"}


def test_the_secret_is_not_shown_in_settings_or_on_the_page(dataverse: Dataverse) -> None:
    dataverse.control("config", {"client_secret": "sentinel~secret"})
    ask_token(dataverse, client_secret="sentinel~secret")
    assert dataverse.control("config")["client_secret"] == "***"
    assert "client_secret=sentinel" not in send(dataverse.url, "GET", "/").body.decode()
    assert dataverse.control("config", {"client_secret": SECRET})["client_secret"] == "***"
