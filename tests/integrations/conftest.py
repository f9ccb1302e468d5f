"""Real sockets on loopback; only names, and the far end, are ours."""

import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from integrations.transport import Limits, Policy, Transport
from integrations.transport.connection import tls_context
from tests.integrations.certificates import Authority
from tests.integrations.far_end import FarEnd, answer, answering

LOOPBACK_ALLOWED = Policy((ip_network("127.0.0.0/8"), ip_network("::1/128")), allow_http=True)
IMPATIENT = Limits(connect=0.3, read=0.3, total=0.4)

_dialled: list[tuple[str, int]] | None = None


def _note_dialling(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _dialled is not None and len(arguments[1]) >= 2:
        _dialled.append((arguments[1][0], arguments[1][1]))


sys.addaudithook(_note_dialling)


@pytest.fixture
def dialled() -> Iterator[list[tuple[str, int]]]:
    """Every address this process really connects to, as the interpreter itself reports it."""
    global _dialled
    _dialled = []
    yield _dialled
    _dialled = None


@pytest.fixture
def far_ends() -> Iterator[Callable[..., FarEnd]]:
    opened: list[FarEnd] = []

    def open_far_end(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> FarEnd:
        opened.append(FarEnd(tls=tls, host=host).plays(answering(answer())))
        return opened[-1]

    yield open_far_end
    for far_end in opened:
        far_end.close()


@pytest.fixture
def far_end(far_ends: Callable[..., FarEnd]) -> FarEnd:
    return far_ends()


@pytest.fixture
def transports() -> Iterator[Callable[..., Transport]]:
    opened: list[Transport] = []

    def open_transport(**settings: Any) -> Transport:
        opened.append(Transport(**({"policy": LOOPBACK_ALLOWED} | settings)))
        return opened[-1]

    yield open_transport
    for transport in opened:
        transport.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The only names that resolve, with their addresses; and addresses, which resolve to themselves."""
    known: dict[str, list[str]] = {}
    system = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host not in known and not host.replace(".", "").isdigit() and ":" not in host:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [found for address in known.get(host, [host]) for found in system(address, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The authority, as an installation trusts its own one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    tls_context.cache_clear()
    yield authority
    tls_context.cache_clear()
