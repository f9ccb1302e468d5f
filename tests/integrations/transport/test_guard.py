"""Rules against server-side request forgery, over real sockets."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.contract import FailureKind
from integrations.transport import CallFailed, Policy, Transport
from integrations.transport.connection import tls_context
from tests.integrations.certificates import Authority
from tests.integrations.conftest import LOOPBACK_ALLOWED
from tests.integrations.far_end import FarEnd, answer, answering

HTTP_BUT_NOTHING_PRIVATE = Policy(allow_http=True)

OpenTransport = Callable[..., Transport]
OpenFarEnd = Callable[..., FarEnd]


def blocked_cause(transport: Transport, url: str) -> str:
    with pytest.raises(CallFailed) as failed:
        transport.send("POST", url, body=b"{}")
    assert failed.value.failure.kind is FailureKind.MISCONFIGURED
    return failed.value.failure.cause


def test_a_private_address_is_never_dialled(
    transports: OpenTransport, far_end: FarEnd, dialled: list[tuple[str, int]]
) -> None:
    transport = transports(policy=HTTP_BUT_NOTHING_PRIVATE)
    assert blocked_cause(transport, far_end.url()) == "address_not_public"
    assert dialled == []
    assert far_end.connections == 0


def test_one_private_address_among_public_ones_blocks_them_all(
    transports: OpenTransport, far_end: FarEnd, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    names["mixed.example"] = ["93.184.216.34", "127.0.0.1"]
    transport = transports(policy=HTTP_BUT_NOTHING_PRIVATE)
    assert blocked_cause(transport, far_end.url(host="mixed.example")) == "address_not_public"
    assert dialled == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "localhost"])
def test_other_ways_to_write_loopback_are_seen_through(
    transports: OpenTransport, far_end: FarEnd, dialled: list[tuple[str, int]], host: str
) -> None:
    transport = transports(policy=HTTP_BUT_NOTHING_PRIVATE)
    assert blocked_cause(transport, far_end.url(host=host)) == "address_not_public"
    assert dialled == []


def test_a_name_that_changes_its_address_cannot_slip_by(
    transports: OpenTransport, far_end: FarEnd, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    """DNS rebinding: what was vetted is what is dialled, and a new connection is vetted anew."""
    far_end.plays(answering(answer(Connection="close")))
    names["rebinding.example"] = ["127.0.0.1"]
    transport = transports()
    transport.send("POST", far_end.url(host="rebinding.example"), body=b"{}")
    names["rebinding.example"] = ["10.0.0.1"]
    assert blocked_cause(transport, far_end.url(host="rebinding.example")) == "address_not_public"
    assert dialled == [("127.0.0.1", far_end.port)]


def test_the_name_is_resolved_once_and_kept_for_the_host_header(
    transports: OpenTransport, far_end: FarEnd, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    names["receiver.example"] = ["127.0.0.1"]
    transports().send("POST", far_end.url(host="receiver.example"), body=b"{}")
    assert far_end.requests[0].header("host") == f"receiver.example:{far_end.port}"
    assert dialled == [("127.0.0.1", far_end.port)]


def test_the_next_address_is_tried_when_one_refuses(
    transports: OpenTransport, far_end: FarEnd, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    names["two.example"] = ["127.0.0.2", "127.0.0.1"]
    assert transports().send("POST", far_end.url(host="two.example"), body=b"{}").status == 200
    assert dialled == [("127.0.0.2", far_end.port), ("127.0.0.1", far_end.port)]


def test_an_ipv6_address_is_dialled_as_it_stands(
    transports: OpenTransport, far_ends: OpenFarEnd, dialled: list[tuple[str, int]]
) -> None:
    try:
        far_end = far_ends(host="::1")
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback ({error}): IPv6 destinations stay untested here")
    assert transports().send("POST", far_end.url(host="[::1]"), body=b"{}").status == 200
    assert far_end.requests[0].header("host") == f"[::1]:{far_end.port}"
    assert dialled == [("::1", far_end.port)]


def test_the_name_is_kept_for_sni_and_certificate(
    transports: OpenTransport, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority
) -> None:
    context = trusted.context("receiver.example")
    asked_for: list[str | None] = []
    context.sni_callback = lambda _sock, name, _context: asked_for.append(name)
    far_end = far_ends(context)
    names["receiver.example"] = ["127.0.0.1"]
    reached = transports().send("POST", far_end.url(host="receiver.example"), body=b"{}")
    assert reached.status == 200
    assert asked_for == ["receiver.example"]


def test_plain_http_is_refused_before_anything_is_dialled(
    transports: OpenTransport, far_end: FarEnd, dialled: list[tuple[str, int]]
) -> None:
    transport = transports(policy=Policy(LOOPBACK_ALLOWED.allowed_networks))
    assert blocked_cause(transport, far_end.url()) == "url_not_https"
    assert blocked_cause(transport, "https://127.0.0.1:22/") == "url_port_not_allowed"
    assert dialled == []


def test_a_redirect_is_shown_and_never_followed(transports: OpenTransport, far_ends: OpenFarEnd) -> None:
    here, there = far_ends(), far_ends()
    here.plays(answering(answer(302, Location=there.url("/inside?token=hidden"))))
    failure = transports().send("POST", here.url(), body=b"{}").failure()
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "redirected")
    assert failure.detail == there.url("/inside?[redacted]")
    assert there.connections == 0


def test_proxies_and_netrc_of_the_environment_are_ignored(
    transports: OpenTransport, far_ends: OpenFarEnd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    receiver, proxy = far_ends(), far_ends()
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password hidden\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, proxy.url(""))
    assert transports().send("POST", receiver.url(), body=b"{}").status == 200
    assert receiver.requests[0].header("authorization") is None
    assert proxy.connections == 0


def test_cookies_are_not_kept(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(Set_Cookie="session=1; Path=/")))
    transport = transports()
    for _ in range(2):
        transport.send("POST", far_end.url(), body=b"{}")
    assert [request.header("cookie") for request in far_end.requests] == [None, None]


def test_refused_and_unresolved_hosts_say_no_more_than_that(
    transports: OpenTransport, far_end: FarEnd, names: dict[str, list[str]]
) -> None:
    far_end.close()
    transport = transports()
    with pytest.raises(CallFailed) as refused:
        transport.send("POST", far_end.url(), body=b"{}")
    with pytest.raises(CallFailed) as unresolved:
        transport.send("POST", "http://nowhere.example:8080/", body=b"{}")
    assert (refused.value.failure.cause, refused.value.failure.detail) == ("cannot_connect", "")
    assert (unresolved.value.failure.cause, unresolved.value.failure.detail) == ("name_unknown", "")
    assert {refused.value.failure.kind, unresolved.value.failure.kind} == {FailureKind.TEMPORARY}


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "two..dots.example"])
def test_a_host_that_cannot_be_a_name_is_unknown_not_a_defect(transports: OpenTransport, host: str) -> None:
    with pytest.raises(CallFailed) as failed:
        transports().send("POST", f"http://{host}:8080/", body=b"{}")
    assert failed.value.failure.cause == "name_unknown"


@pytest.mark.parametrize(
    ("host", "days", "self_signed", "words"),
    [
        ("other.example", 90, False, "Hostname mismatch"),
        ("receiver.example", -1, False, "certificate has expired"),
        ("receiver.example", 90, True, "self-signed certificate"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_misconfigured_and_nothing_is_sent(
    transports: OpenTransport, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority,
    host: str, days: int, self_signed: bool, words: str,
) -> None:  # fmt: skip
    far_end = far_ends(trusted.context(host, days, self_signed))
    names["receiver.example"] = ["127.0.0.1"]
    with pytest.raises(CallFailed) as failed:
        transports().send("POST", far_end.url(host="receiver.example"), body=b"{}")
    assert (failed.value.failure.kind, failed.value.failure.cause) == (FailureKind.MISCONFIGURED, "tls_untrusted")
    assert words in failed.value.failure.detail
    assert far_end.requests == []


def test_an_authority_nobody_trusts_is_misconfigured(
    transports: OpenTransport, far_ends: OpenFarEnd, names: dict[str, list[str]], authority: Authority
) -> None:
    far_end = far_ends(authority.context("receiver.example"))
    names["receiver.example"] = ["127.0.0.1"]
    with pytest.raises(CallFailed) as failed:
        transports().send("POST", far_end.url(host="receiver.example"), body=b"{}")
    assert failed.value.failure.cause == "tls_untrusted"
    assert far_end.requests == []


def test_old_tls_is_not_spoken_and_certificates_are_always_verified() -> None:
    assert tls_context().minimum_version >= ssl.TLSVersion.TLSv1_2
    assert tls_context().verify_mode is ssl.CERT_REQUIRED
    assert tls_context().check_hostname is True
