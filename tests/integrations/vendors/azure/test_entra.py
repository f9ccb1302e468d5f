"""An application of Entra ID writes to the emulator over HTTPS, which looks at all of a token but its signature."""

import base64
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations import tokens
from integrations.connectors.azure_blob import AzureBlobConnector
from integrations.connectors.azure_table import AzureTableConnector
from integrations.contract import Arrival, Connector, FailureKind, StepResult
from tests import azurite as emulator
from tests.azurite import ACCOUNT, Azurite
from tests.integrations.certificates import Authority
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

TENANT, CLIENT = "aaaabbbb-0000-cccc-1111-dddd2222eeee", "00001111-aaaa-2222-bbbb-3333cccc4444"
TABLE, CONTAINER = "EntraLeads", "entra-leads"

OpenFarEnd = Callable[..., FarEnd]


def token(**claims: Any) -> str:
    now = int(time.time())
    told = {
        "iss": f"https://sts.windows.net/{TENANT}/", "aud": "https://storage.azure.com/", "nbf": now - 60,
        "iat": now - 60, "exp": now + 3600, "ver": "1.0",
    }  # fmt: skip
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, told | claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, b"signature"))


def token_answer(value: str, seconds: int = 3600) -> bytes:
    content = {"token_type": "Bearer", "expires_in": seconds, "access_token": value}
    return answer(200, json.dumps(content).encode())


@pytest.fixture(autouse=True)
def _no_tokens_from_before() -> Iterator[None]:
    tokens.forget_all()
    yield
    tokens.forget_all()


@pytest.fixture(scope="module")
def azurite(authority: Authority) -> Iterator[Azurite]:
    if not emulator.is_installed():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(emulator.NOT_HERE)
    authority.context("azurite")
    (certificate,) = authority.folder.glob("azurite.*.pem")
    with emulator.running(certificate=certificate) as server:
        yield server


@pytest.fixture
def directory(far_end: FarEnd) -> FarEnd:
    return far_end.plays(answering(token_answer(token())))


@pytest.fixture
def connectors(
    directory: FarEnd, trusted: Authority, names: dict[str, list[str]]
) -> Iterator[Callable[..., Connector]]:
    names |= {"azurite": ["127.0.0.1"], "storage.example": ["127.0.0.1"]}
    opened: list[Connector] = []

    def open_connector(kind: type[Connector], account: str, **given: Any) -> Connector:
        place = {"table": TABLE} if kind is AzureTableConnector else {"container": CONTAINER}
        form = kind.Config.of(
            {
                "sign_in": "entra", "account": account, "tenant_id": TENANT, "client_id": CLIENT,
                "client_secret": "abc8Q~secret.value", "token_authority": f"http://127.0.0.1:{directory.port}",
                "unusual_host": True, **place, **given,
            }
        )  # fmt: skip
        assert form.is_valid(), form.errors
        opened.append(kind(form.cleaned_data))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()


OpenConnector = Callable[..., Connector]


def at_table(azurite: Azurite) -> tuple[type[Connector], str]:
    return AzureTableConnector, f"https://azurite:{azurite.table_port}/{ACCOUNT}"


def at_blob(azurite: Azurite) -> tuple[type[Connector], str]:
    return AzureBlobConnector, f"https://azurite:{azurite.blob_port}/{ACCOUNT}"


@pytest.mark.parametrize("where", [at_table, at_blob])
def test_an_application_writes_with_one_token_and_a_check_asks_anew(
    connectors: OpenConnector, directory: FarEnd, azurite: Azurite, where: Callable[..., Any]
) -> None:
    connector, records = connectors(*where(azurite)), some(3)
    assert {delivered(outcome).arrival for outcome in connector.deliver(records)} == {Arrival.CREATED}
    assert {delivered(outcome).arrival for outcome in connector.deliver(records)} == {Arrival.ALREADY_THERE}
    (request,) = directory.requests
    assert {step.result for step in connector.check().steps} == {StepResult.PASSED}
    assert len(directory.requests) == 2
    assert request.line == f"POST /{TENANT}/oauth2/v2.0/token HTTP/1.1"
    assert b"scope=https%3A%2F%2Fstorage.azure.com%2F.default" in request.body


@pytest.mark.parametrize("where", [at_table, at_blob])
def test_a_secret_that_ended_fails_the_check_though_a_token_is_kept(
    connectors: OpenConnector, directory: FarEnd, azurite: Azurite, where: Callable[..., Any]
) -> None:
    ended = {"error": "invalid_client", "error_description": "AADSTS7000222: expired", "error_codes": [7000222]}
    directory.plays(answering(token_answer(token()), answer(401, json.dumps(ended).encode())))
    connector = connectors(*where(azurite))
    delivered(connector.deliver([RECORD])[0])
    (step,) = connector.check().steps
    assert (step.label, step.result) == ("Sign-in", StepResult.FAILED)
    assert str(step.detail).startswith("The client secret has expired.")


def test_many_leads_at_once_ask_for_one_token(connectors: OpenConnector, directory: FarEnd, azurite: Azurite) -> None:
    connector = connectors(*at_blob(azurite), layout="blobs")
    with ThreadPoolExecutor(8) as workers:
        outcomes = list(workers.map(lambda record: connector.deliver([record])[0], some(50)))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert len(directory.requests) == 1


def test_a_token_for_something_else_is_refused_with_the_reason(
    connectors: OpenConnector, directory: FarEnd, azurite: Azurite
) -> None:
    directory.plays(answering(token_answer(token(aud="https://graph.microsoft.com/"))))
    (outcome,) = connectors(*at_table(azurite)).deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "azure_token_refused")


@pytest.mark.parametrize(
    "expired",
    [
        answer(401, WWW_Authenticate="Bearer authorization_uri=https://login.example/x resource_id=https://y"),
        answer(403, x_ms_error_code="InvalidAuthenticationInfo"),
    ],
    ids=["401", "403"],
)
def test_a_token_that_is_refused_is_renewed_once(
    connectors: OpenConnector, directory: FarEnd, far_ends: OpenFarEnd, trusted: Authority, expired: bytes
) -> None:
    directory.plays(answering(token_answer("first"), token_answer("second")))
    storage = far_ends(trusted.context("storage.example")).plays(answering(expired, answer(204)))
    connector = connectors(AzureTableConnector, f"https://storage.example:{storage.port}")
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.CREATED
    assert [request.header("authorization") for request in storage.requests] == ["Bearer first", "Bearer second"]
    assert len(directory.requests) == 2


def test_when_the_renewed_token_is_refused_as_well_a_person_must_act(
    connectors: OpenConnector, directory: FarEnd, far_ends: OpenFarEnd, trusted: Authority
) -> None:
    storage = far_ends(trusted.context("storage.example")).plays(answering(answer(401)))
    connector = connectors(AzureTableConnector, f"https://storage.example:{storage.port}")
    outcomes = connector.deliver(some(3))
    assert {kind_and_cause(outcome) for outcome in outcomes} == {(FailureKind.MISCONFIGURED, "azure_token_refused")}
    assert (len(storage.requests), len(directory.requests)) == (2, 2)


@pytest.mark.parametrize(
    ("number", "cause"),
    [(7000222, "entra_secret_expired"), (500011, "azure_storage_not_in_directory")],
)
def test_a_refused_sign_in_names_its_reason_and_reaches_no_storage(
    connectors: OpenConnector, directory: FarEnd, far_ends: OpenFarEnd, trusted: Authority, number: int, cause: str
) -> None:
    body = {"error": "invalid_client", "error_description": f"AADSTS{number}: Words.", "error_codes": [number]}
    directory.plays(answering(answer(401, json.dumps(body).encode())))
    storage = far_ends(trusted.context("storage.example"))
    connector = connectors(AzureTableConnector, f"https://storage.example:{storage.port}")
    (outcome,) = connector.deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause, failure.code) == (FailureKind.MISCONFIGURED, cause, f"AADSTS{number}")
    assert storage.requests == []
    assert [step.result for step in connector.check().steps] == [StepResult.FAILED]


def test_neither_secret_nor_token_comes_out(
    connectors: OpenConnector, directory: FarEnd, far_ends: OpenFarEnd, trusted: Authority,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    directory.plays(answering(token_answer("SENTINEL-token-1234567890")))
    echo = answer(403, b"Bearer SENTINEL-token-1234567890 abc8Q~secret.value", x_ms_error_code="AuthenticationFailed")
    storage = far_ends(trusted.context("storage.example")).plays(answering(echo))
    connector = connectors(AzureBlobConnector, f"https://storage.example:{storage.port}")
    with caplog.at_level("DEBUG"):
        (outcome,) = connector.deliver([RECORD])
    assert outcome.exchange
    seen = repr(outcome) + "".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "SENTINEL" not in seen
    assert "secret.value" not in seen
