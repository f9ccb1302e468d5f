"""The token request, and every documented way in which Entra ID refuses it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations import tokens
from integrations.contract import Exchange, Failure, FailureKind
from integrations.diagnosis import UNKNOWN, diagnose
from integrations.tokens import Token
from integrations.transport import Answer, Transport
from integrations.vendors.entra.sign_in import Application, EntraSignIn, SignInFailed, refusal, token_in
from tests.integrations.far_end import FarEnd, Line, answering
from tests.integrations.far_end import answer as over_the_wire
from tests.integrations.signing_certificates import pair

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
TRAIL = " Trace ID: 0000aaaa-11bb Correlation ID: aaaa0000-bb11 Timestamp: 2026-11-22 06:00:00Z"


TENANT, CLIENT = "aaaabbbb-0000-cccc-1111-dddd2222eeee", "00001111-aaaa-2222-bbbb-3333cccc4444"
APPLICATION = Application(
    authority="https://login.microsoftonline.com",
    tenant_id=TENANT,
    client_id=CLIENT,
    scope="https://contoso.crm4.dynamics.com/.default",
    secret="a~b+c&d=e%f",
)


def answer(status: int, body: str = "", **headers: str) -> Answer:
    """``Retry_After="7"`` becomes the header ``retry-after``."""
    lower = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange(method="POST", url=APPLICATION.token_url, response_status=status, response_body=body)
    return Answer(status, lower, body.encode(), exchange)


def test_a_secret_goes_out_with_the_scope_and_nothing_else() -> None:
    assert APPLICATION.token_url == f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    assert APPLICATION.token_request(NOW) == {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "scope": "https://contoso.crm4.dynamics.com/.default",
        "client_secret": "a~b+c&d=e%f",
    }


def test_a_certificate_signs_in_the_place_of_a_secret() -> None:
    fields = replace(APPLICATION, secret="", certificate=pair().both).token_request(NOW)
    assert "client_secret" not in fields
    assert fields["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert fields["client_assertion"].count(".") == 2


def test_an_application_does_not_show_its_secrets() -> None:
    assert "a~b" not in repr(APPLICATION)
    assert "BEGIN" not in repr(replace(APPLICATION, certificate=pair().both))


@pytest.mark.parametrize(
    ("resource", "code", "cause"),
    [
        ("azure_place_unknown", 500011, "azure_place_unknown"), ("azure_place_unknown", 70011, "azure_place_unknown"),
        ("azure_place_unknown", 7000215, "entra_secret_wrong"), ("", 500011, "dynamics365_environment_unknown"),
    ],
)  # fmt: skip
def test_what_the_token_was_for_has_words_of_its_own(resource: str, code: int, cause: str) -> None:
    assert refusal(answer(400, json.dumps({"error_codes": [code]})), resource).cause == cause


@pytest.mark.parametrize(
    ("expires_in", "lifetime"),
    [
        (3599, timedelta(seconds=3599)), ("3599", timedelta(seconds=3599)), (86_400, timedelta(days=1)),
        (10**12, timedelta(days=1)), (0, None), (-1, None), (None, None), ("soon", None), (True, None), (1.5, None),
    ],
)  # fmt: skip
def test_a_token_lives_as_long_as_its_answer_says(expires_in: object, lifetime: timedelta | None) -> None:
    body = json.dumps({"token_type": "Bearer", "expires_in": expires_in, "access_token": "eyJ0.x.y"})
    assert token_in(answer(200, body)) == Token("eyJ0.x.y", lifetime)


@pytest.mark.parametrize(
    "body",
    ["", "<html></html>", "[]", "{}", '{"access_token":""}', '{"access_token":7}', '{"access_token":"Zoë"}',
     '{"access_token":"a\\r\\nX-Evil: 1"}'],
)  # fmt: skip
def test_a_success_without_a_token_is_none(body: str) -> None:
    with pytest.raises(SignInFailed) as raised:
        token_in(answer(200, body))
    assert (raised.value.failure.kind, raised.value.failure.cause) == (FailureKind.TEMPORARY, "unreadable_answer")


def refused(status: int, body: Any, **headers: str) -> Failure:
    with pytest.raises(SignInFailed) as raised:
        token_in(answer(status, body if isinstance(body, str) else json.dumps(body), **headers))
    return raised.value.failure


ROWS = [
    (7000215, 401, "invalid_client", "Invalid client secret provided.", "entra_secret_wrong"),
    (7000222, 401, "invalid_client", "The provided client secret keys for app 'x' are expired.",
     "entra_secret_expired"),
    (50012, 401, "invalid_client", "Authentication failed.", "entra_secret_wrong"),
    (700016, 400, "unauthorized_client", "Application with identifier 'x' was not found in the directory 'y'.",
     "entra_application_unknown"),
    (90002, 400, "invalid_request", "Tenant 'x' not found. Check to make sure you have the correct tenant ID.",
     "entra_tenant_unknown"),
    (900023, 400, "invalid_request", "Specified tenant identifier 'x' is neither a valid DNS name, nor a valid "
     "external domain.", "entra_tenant_malformed"),
    (500011, 400, "invalid_resource", "The resource principal named https://contoso.crm4.dynamics.com was not found in "
     "the tenant named Contoso.", "dynamics365_environment_unknown"),
    (70011, 400, "invalid_scope", "The provided value for the input parameter 'scope' is not valid.",
     "dynamics365_scope_refused"),
    (1002012, 400, "invalid_scope", "The provided value for scope is not valid.", "dynamics365_scope_refused"),
    (7000112, 400, "unauthorized_client", "Application 'x'(Lead CRM) is disabled.", "entra_application_disabled"),
    (7000112, 401, "unauthorized_client", "Application 'x'(Lead CRM) is disabled.", "entra_application_disabled"),
    (53003, 400, "access_denied", "Access has been blocked by Conditional Access policies.", "entra_policy_blocks"),
    (53000, 400, "interaction_required", "Device is not in required device state.", "entra_policy_blocks"),
    (700027, 401, "invalid_client", "Client assertion contains an invalid signature.", "entra_certificate_refused"),
    (700024, 401, "invalid_client", "Client assertion is not within its valid time range.", "entra_clock_wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "status", "error", "text", "cause"), ROWS)
@pytest.mark.parametrize("line_break", [" ", "\r\n"])
def test_every_documented_refusal_has_its_remedy(
    code: int, status: int, error: str, text: str, cause: str, line_break: str
) -> None:
    description = f"AADSTS{code}: {text}{TRAIL}".replace(" ", line_break)
    body = {"error": error, "error_description": description, "error_codes": [code], "trace_id": "x"}
    assert refused(status, body) == Failure(
        kind=FailureKind.MISCONFIGURED, cause=cause, detail=description, code=f"AADSTS{code}",
        http_status=status, params={"code": f"AADSTS{code}"},
    )  # fmt: skip
    assert diagnose(cause) is not UNKNOWN
    assert refused(status, body | {"error_codes": []}).cause == cause
    assert refused(status, {"error": "other", "error_codes": [code]}).cause == cause


def test_a_text_alone_is_enough() -> None:
    failure = refused(401, {"error": "invalid_client", "error_description": "Invalid client\nsecret is provided"})
    assert (failure.cause, failure.code) == ("entra_secret_wrong", "invalid_client")


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", ""), ("<html></html>", ""), ("[]", ""), ('{"error":["x"]}', ""), ('{"error":"DROP TABLE"}', ""),
        ('{"error":"new_error"}', "new_error"), ('{"error":"x","error_codes":[123456]}', "AADSTS123456"),
        ('{"error_codes":["7000215"]}', ""), ('{"error":"x","error_codes":[-1]}', "x"),
    ],
)  # fmt: skip
def test_a_refusal_nobody_knows_is_a_matter_of_the_settings(status: int, body: str, code: str) -> None:
    failure = refused(status, body)
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "entra_sign_in_refused")
    assert failure.code == code
    assert failure.params == {"code": code or str(status)}
    assert failure.detail == body


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant", "error_codes": [50196]}, "throttled"),
        (400, {"error": "server_busy", "error_codes": [90055]}, "throttled"),
        (400, {"error": "invalid_request", "error_codes": [90033]}, "temporary"),
        (400, {"error": "temporarily_unavailable"}, "temporary"),
        (401, {"error": "server_error"}, "temporary"),
        (429, {"error": "x"}, "throttled"),
        (500, "", "temporary"),
        (503, "<html></html>", "temporary"),
    ],
)
def test_what_passes_by_itself_pauses_nothing(status: int, body: Any, kind: str) -> None:
    failure = refused(status, body)
    assert failure.kind == kind
    assert failure.cause in ("throttled", "server_trouble")


def test_a_busy_sign_in_may_say_when_to_come_back() -> None:
    assert refused(429, "", Retry_After="9").retry_after == timedelta(seconds=9)
    assert refused(503, "", Retry_After="9").kind is FailureKind.THROTTLED


@pytest.mark.parametrize(
    ("status", "cause"), [(404, "address_not_found"), (403, "access_refused"), (302, "redirected")]
)
def test_an_address_that_is_no_sign_in_is_a_matter_of_the_settings(status: int, cause: str) -> None:
    failure = refusal(answer(status, "nothing here"))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, cause)


def at(far_end: FarEnd, transports: Callable[..., Transport]) -> EntraSignIn:
    tokens.forget_all()
    return EntraSignIn(replace(APPLICATION, authority=far_end.url("")), transports())


def failure_at(far_end: FarEnd, transports: Callable[..., Transport]) -> Failure:
    with pytest.raises(SignInFailed) as raised:
        at(far_end, transports).token()
    return raised.value.failure


@pytest.mark.parametrize("status", [405, 409, 412, 413, 418, 422])
@pytest.mark.parametrize("body", [b"", b"<html>Request Entity Too Large</html>", b'{"error":"x"}'])
def test_a_sign_in_refuses_no_lead_whatever_its_status(
    far_end: FarEnd, transports: Callable[..., Transport], status: int, body: bytes
) -> None:
    far_end.plays(answering(over_the_wire(status, body)))
    failure = failure_at(far_end, transports)
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "entra_sign_in_refused")
    assert (failure.http_status, failure.params) == (status, {"code": str(status)})


def test_without_an_answer_no_lead_can_have_arrived(far_end: FarEnd, transports: Callable[..., Transport]) -> None:
    far_end.plays(lambda line: line.read_request())
    assert failure_at(far_end, transports) == Failure(kind=FailureKind.TEMPORARY, cause="entra_sign_in_unanswered")
    far_end.close()
    assert failure_at(far_end, transports) == Failure(kind=FailureKind.TEMPORARY, cause="cannot_connect")


def test_a_new_token_is_asked_for_whatever_is_kept_and_then_it_is_the_one_kept(
    far_end: FarEnd, transports: Callable[..., Transport]
) -> None:
    def one_after_the_other(line: Line) -> None:
        while line.read_request():
            content = {"access_token": f"eyJ{len(far_end.requests)}", "expires_in": 3599}
            line.send(over_the_wire(200, json.dumps(content).encode()))

    far_end.plays(one_after_the_other)
    entra = at(far_end, transports)
    found = [entra.token(), entra.token(), entra.renewed(), entra.token()]
    assert [token.value for token in found] == ["eyJ1", "eyJ1", "eyJ2", "eyJ2"]


def test_a_secret_that_was_taken_back_shows_when_a_new_token_is_asked_for(
    far_end: FarEnd, transports: Callable[..., Transport]
) -> None:
    good = {"access_token": "eyJ0", "expires_in": 3599}
    gone = {"error": "invalid_client", "error_codes": [7000222]}
    far_end.plays(
        answering(over_the_wire(200, json.dumps(good).encode()), over_the_wire(401, json.dumps(gone).encode()))
    )
    entra = at(far_end, transports)
    entra.token()
    with pytest.raises(SignInFailed) as raised:
        entra.renewed()
    assert raised.value.failure.cause == "entra_secret_expired"
    assert entra.token().value == "eyJ0"  # good until Dataverse says otherwise
