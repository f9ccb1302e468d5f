"""The same guard below a ``requests`` session, as vendors' SDKs use it."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from integrations.transport import DestinationBlocked, Limits, Policy, Transport, guarded_session
from tests.integrations.certificates import Authority
from tests.integrations.conftest import IMPATIENT
from tests.integrations.far_end import FarEnd, answer, answering

OpenTransport = Callable[..., Transport]
OpenFarEnd = Callable[..., FarEnd]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with guarded_session() as session:
        yield session


def test_a_private_address_is_never_dialled_and_the_reason_comes_out_unwrapped(
    session: requests.Session, transports: OpenTransport, far_end: FarEnd, dialled: list[tuple[str, int]]
) -> None:
    with transports(policy=Policy(allow_http=True)).call(), pytest.raises(DestinationBlocked) as blocked:
        session.post(far_end.url(), data=b"{}", timeout=5)
    assert blocked.value.cause == "address_not_public"
    assert dialled == []


def test_redirects_are_not_followed_and_cookies_not_kept(
    session: requests.Session, transports: OpenTransport, far_ends: OpenFarEnd
) -> None:
    here, there = far_ends(), far_ends()
    here.plays(answering(answer(302, Location=there.url(), Set_Cookie="a=1; Path=/")))
    with transports().call():
        statuses = [session.post(here.url(), data=b"{}", timeout=5).status_code for _ in range(2)]
    assert statuses == [302, 302]
    assert [request.header("cookie") for request in here.requests] == [None, None]
    assert there.connections == 0


def test_proxies_and_netrc_are_ignored_even_when_asked_for(
    session: requests.Session, transports: OpenTransport, far_ends: OpenFarEnd,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    receiver, proxy = far_ends(), far_ends()
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password hidden\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", proxy.url(""))
    with transports().call():
        session.post(receiver.url(), data=b"{}", timeout=5)
        session.post(receiver.url(), data=b"{}", timeout=5, proxies={"http": proxy.url("")})
    assert [request.header("authorization") for request in receiver.requests] == [None, None]
    assert proxy.connections == 0


def test_certificates_are_verified_even_when_asked_not_to(
    trusted: Authority, session: requests.Session, transports: OpenTransport, far_ends: OpenFarEnd,
    names: dict[str, list[str]],
) -> None:  # fmt: skip
    names["receiver.example"] = ["127.0.0.1"]
    good, bad = far_ends(trusted.context()), far_ends(trusted.context("other.example"))
    with transports().call():
        with pytest.raises(requests.exceptions.SSLError):
            session.post(bad.url(host="receiver.example"), data=b"{}", timeout=5, verify=False)
        assert session.post(good.url(host="receiver.example"), data=b"{}", timeout=5, verify=False).status_code == 200
    assert bad.requests == []


def test_nothing_is_unpacked(session: requests.Session, transports: OpenTransport, far_end: FarEnd) -> None:
    bomb = gzip.compress(b"\x00" * 1_000_000)
    far_end.plays(answering(answer(200, bomb, Content_Encoding="gzip")))
    with transports().call():
        assert session.get(far_end.url(), timeout=5).content == bomb
    assert far_end.requests[0].header("accept-encoding") == "identity"


def test_the_call_bounds_time_and_size(
    session: requests.Session, transports: OpenTransport, far_ends: OpenFarEnd
) -> None:
    silent, large = far_ends().plays(lambda line: line.hang()), far_ends()
    large.plays(answering(answer(200, b"a" * 2_000_000)))
    with transports(limits=IMPATIENT).call() as call:
        with pytest.raises(requests.exceptions.RequestException):
            session.get(silent.url(), timeout=(300, 300))
        assert call.sent is True
    with transports(limits=Limits(answer_bytes=1000)).call(), pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(large.url(), timeout=5)


def test_a_session_outside_a_call_sends_nothing(
    session: requests.Session, far_end: FarEnd, dialled: list[tuple[str, int]]
) -> None:
    with pytest.raises(LookupError):
        session.get(far_end.url(), timeout=5)
    assert dialled == []


def test_a_call_knows_that_nothing_was_sent(
    session: requests.Session, transports: OpenTransport, far_end: FarEnd
) -> None:
    far_end.close()
    with transports().call() as call, pytest.raises(requests.exceptions.ConnectionError):
        session.get(far_end.url(), timeout=5)
    assert call.sent is False
