"""An address with a secret in it: who may use it, what strangers see, and what never reaches a log."""

import io
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadcrm.logs import PlainFormatter
from leads.models import Endpoint, EndpointSecret, InboundRequest
from tests.factories import make_endpoint, make_secret, text_of

pytestmark = pytest.mark.django_db

LEAD = b'{"LeadSource": "AzureMarketplace"}'


def address_of(secret: EndpointSecret) -> str:
    return f"/webhooks/{text_of(secret)}"


def seen(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, dict(answer.items())


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "PUT", "OPTIONS"])
def test_an_unknown_secret_looks_like_any_address_that_does_not_exist(client: Client, method: str) -> None:
    make_secret()
    strangers = [client.generic(method, path, LEAD) for path in ("/webhooks/guess", "/no-such-page")]
    assert strangers[0].status_code == HTTPStatus.NOT_FOUND
    assert seen(strangers[0]) == seen(strangers[1])
    assert not InboundRequest.objects.exists()


def test_a_revoked_secret_looks_like_an_unknown_one(client: Client) -> None:
    secret = make_secret()
    EndpointSecret.objects.update(revoked_at=timezone.now())
    assert seen(client.generic("POST", address_of(secret), LEAD)) == seen(client.generic("POST", "/webhooks/no", LEAD))
    assert not InboundRequest.objects.exists()


def test_a_disabled_endpoint_looks_like_an_unknown_one(client: Client) -> None:
    secret = make_secret()
    Endpoint.objects.update(enabled=False)
    assert seen(client.generic("POST", address_of(secret), LEAD)) == seen(client.generic("POST", "/webhooks/no", LEAD))
    assert not InboundRequest.objects.exists()


@pytest.mark.parametrize("path", ["/webhooks/", "/webhooks", "/webhooks/%00", "/webhooks/%ff%fe", "/webhooks/a/b"])
def test_an_address_that_can_hold_no_secret_does_not_exist(client: Client, path: str) -> None:
    assert client.generic("POST", path, LEAD).status_code == HTTPStatus.NOT_FOUND
    assert not InboundRequest.objects.exists()


def test_a_very_long_guess_does_not_exist(client: Client) -> None:
    assert client.generic("POST", f"/webhooks/{'x' * 100_000}", LEAD).status_code == HTTPStatus.NOT_FOUND


def test_a_secret_with_another_letter_case_is_another_secret(client: Client) -> None:
    secret = make_secret()
    assert client.generic("POST", address_of(secret).swapcase().lower(), LEAD).status_code == HTTPStatus.NOT_FOUND
    assert client.generic("POST", address_of(secret), LEAD).status_code == HTTPStatus.OK


def test_two_secrets_of_an_endpoint_are_valid_at_once_until_one_is_revoked(client: Client) -> None:
    endpoint = make_endpoint()
    old, new = make_secret(endpoint, EndpointSecret.FIRST), make_secret(endpoint, EndpointSecret.SECOND)
    for secret in (old, new):
        assert client.generic("POST", address_of(secret), LEAD).status_code == HTTPStatus.OK
    EndpointSecret.objects.filter(pk=old.pk).update(revoked_at=timezone.now())
    statuses = [client.generic("POST", address_of(secret), LEAD).status_code for secret in (old, new)]
    assert statuses == [HTTPStatus.NOT_FOUND, HTTPStatus.OK]
    kept = InboundRequest.objects.order_by("id").values_list("endpoint_id", "secret_id")
    assert list(kept) == [(endpoint.pk, old.pk), (endpoint.pk, new.pk), (endpoint.pk, new.pk)]


# --- Logs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger at DEBUG, none held back on its way to the listener."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    caplog.handler.setLevel(logging.DEBUG)
    yield caplog
    for logger, level, propagate in before:
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("POST", LEAD, HTTPStatus.OK),
        ("POST", b"not JSON", HTTPStatus.BAD_REQUEST),
        ("POST", b"x" * 1_048_577, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ("GET", b"", HTTPStatus.METHOD_NOT_ALLOWED),
    ],
    ids=["200", "400", "413", "405"],
)
def test_no_log_record_knows_the_secret(
    client: Client,
    everything_logged: pytest.LogCaptureFixture,
    django_assert_max_num_queries: Any,
    method: str,
    body: bytes,
    status: HTTPStatus,
) -> None:
    secret = make_secret()
    everything_logged.clear()
    with django_assert_max_num_queries(2):  # which makes Django log its statements
        assert client.generic(method, address_of(secret), body).status_code == status
    assert everything_logged.records
    assert not [record for record in everything_logged.records if text_of(secret) in str(vars(record))]


@pytest.mark.parametrize(
    "around", ["/webhooks/{}x", "/webhooks//{}", "/Webhooks/{}", "/webhooks/{}/x", "/webhooks%2F{}"]
)
def test_no_log_record_knows_a_secret_in_a_mistyped_address(
    client: Client, everything_logged: pytest.LogCaptureFixture, around: str
) -> None:
    secret = text_of(make_secret())
    client.raise_request_exception = False
    assert client.generic("POST", around.format(secret), LEAD).status_code in (404, 200)
    assert not [record for record in everything_logged.records if secret in str(vars(record))]


def test_a_full_or_rejected_lead_leaves_no_personal_data_in_a_log(
    client: Client, everything_logged: pytest.LogCaptureFixture
) -> None:
    secret = make_secret()
    for body in (b'{"Email": "mina@fabrikam.example"}', b'{"Email": "mina@fabrikam.example"'):
        client.generic("POST", address_of(secret), body)
    assert InboundRequest.objects.count() == 2
    assert not [record for record in everything_logged.records if "mina" in record.getMessage()]


def test_the_last_formatter_blots_out_what_a_traceback_says() -> None:
    written = io.StringIO()
    listener = logging.StreamHandler(written)
    listener.setFormatter(PlainFormatter("%(message)s"))
    try:
        raise ValueError("cannot read 'https://leads.example.com/webhooks/SECRET/x?y=1'")
    except ValueError:
        record = logging.LogRecord("any", logging.ERROR, __file__, 1, "/webhooks/%s failed", ("SECRET",), None)
        record.exc_info = __import__("sys").exc_info()
    listener.handle(record)
    assert "SECRET" not in written.getvalue()
    assert "/webhooks/••• failed" in written.getvalue()
    assert "cannot read 'https://leads.example.com/webhooks/•••?y=1'" in written.getvalue()
