from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from integrations.contract import FailureKind
from integrations.transport import CallFailed, Limits, Policy, certificate_end
from tests.integrations.certificates import Authority
from tests.integrations.conftest import LOOPBACK_ALLOWED
from tests.integrations.far_end import FarEnd, answer

OpenFarEnd = Callable[..., FarEnd]


def test_the_certificates_end_is_read_and_no_request_is_sent(
    far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority
) -> None:
    far_end = far_ends(trusted.context(days=30))
    names["receiver.example"] = ["127.0.0.1"]
    ends_at = certificate_end(far_end.url(host="receiver.example"), LOOPBACK_ALLOWED, Limits())
    assert ends_at is not None
    assert timedelta(days=29) < ends_at - datetime.now(UTC) < timedelta(days=30)
    far_end.wait_for_end_of_line()
    assert (far_end.connections, far_end.requests) == (1, [])


def test_plain_http_has_no_certificate(far_end: FarEnd) -> None:
    assert certificate_end(far_end.url(), LOOPBACK_ALLOWED, Limits()) is None
    far_end.wait_for_end_of_line()
    assert far_end.requests == []


def cause_of(url: str, policy: Policy = LOOPBACK_ALLOWED) -> str:
    with pytest.raises(CallFailed) as failed:
        certificate_end(url, policy, Limits())
    assert failed.value.failure.kind in (FailureKind.MISCONFIGURED, FailureKind.TEMPORARY)
    return failed.value.failure.cause


def test_every_way_not_to_be_reached_has_its_cause(
    far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority
) -> None:
    wrong_name, plain, gone = far_ends(trusted.context("other.example")), far_ends(), far_ends()
    plain.plays(lambda line: line.send(answer(400)))
    gone.close()
    names["receiver.example"] = ["127.0.0.1"]
    assert cause_of("https://nowhere.example/") == "name_unknown"
    assert cause_of(wrong_name.url(host="receiver.example")) == "tls_untrusted"
    assert cause_of(plain.url().replace("http:", "https:")) == "tls_failed"
    assert cause_of(gone.url()) == "cannot_connect"
    assert cause_of(plain.url(), Policy()) == "url_not_https"
    assert cause_of(plain.url(), Policy(allow_http=True)) == "address_not_public"
