"""urllib3's connections under guard: the address that was vetted is the address that is dialled.

``_new_conn`` and ``_read_status`` are inner interfaces (urllib3 2.8, Python 3.12): tests hold what they promise.
"""

import http.client
import socket
import ssl
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread

import certifi
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import Retry

from integrations.transport.call import TimedSocket, TimedTLSSocket, current_call
from integrations.transport.policy import permitted_address

_CONNECTIONS_KEPT = 8
_NO_RETRIES = Retry(False, redirect=False)


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """All addresses of the host. Raises ``socket.gaierror``, or ``TimeoutError`` after ``seconds``.

    The system's resolver knows no time limit, so it works in a thread that nobody waits for longer than that.
    """
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            answers.put(error)
        except UnicodeError:  # Python's own refusal of a label that is empty or longer than 63 characters
            answers.put(socket.gaierror(socket.EAI_NONAME, "not a host name"))
        else:
            answers.put([str(address[4][0]) for address in found])

    Thread(target=look_up, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return list(dict.fromkeys(answer))


def _dial(address: str, port: int, patience: float) -> TimedSocket:
    sock = TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(current_call().time_left(patience))
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    sock.settimeout(patience)
    return sock


class FinalResponse(http.client.HTTPResponse):
    """Skips all interim answers.

    ``http.client`` skips 100 only: it would take a 103 for the answer, and the true answer for that to the next
    request on the connection.
    """

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        while 100 < status < 200:
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                raise http.client.BadStatusLine("101 without being asked")
            http.client.parse_headers(self.fp)
            version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, status, reason


class GuardedConnection(HTTPConnection):
    response_class = FinalResponse

    def _new_conn(self) -> socket.socket:
        call = current_call()
        patience = call.time_left(self.timeout)
        try:
            found = resolve(self._dns_host, self.port, call.time_left(patience))
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "the name was not resolved in time") from error
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        addresses = [permitted_address(address, call.policy) for address in found]  # all, before any is dialled
        return self._first_that_answers(addresses, patience)

    def _first_that_answers(self, addresses: list[str], patience: float) -> socket.socket:
        failure: Exception = NewConnectionError(self, "the name has no address")
        for address in addresses:
            try:
                return _dial(address, self.port, patience)
            except TimeoutError as error:
                failure = ConnectTimeoutError(self, "could not connect in time")
                failure.__cause__ = error
            except OSError as error:
                failure = NewConnectionError(self, "could not connect")
                failure.__cause__ = error
        raise failure

    def send(self, data: bytes) -> None:  # type: ignore[override]
        if self.sock is None:
            self.connect()
        current_call().sent = True
        super().send(data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        response = super().getresponse()
        response.CONTENT_DECODERS = []  # nothing is ever unpacked, whoever reads the answer: no decompression bombs
        return response


class GuardedTLSConnection(GuardedConnection, HTTPSConnection):
    pass


class GuardedPool(HTTPConnectionPool):
    ConnectionCls = GuardedConnection


class GuardedTLSPool(HTTPSConnectionPool):
    ConnectionCls = GuardedTLSConnection


@cache
def tls_context() -> ssl.SSLContext:
    """Trusts the system's authorities and Mozilla's list. ``SSL_CERT_FILE`` names an installation's own authority."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.sslsocket_class = TimedTLSSocket
    return context


def guarded_pools() -> PoolManager:
    """Connections for one destination. Safe to use from several threads, not across a fork."""
    pools = PoolManager(maxsize=_CONNECTIONS_KEPT, ssl_context=tls_context(), retries=_NO_RETRIES)
    pools.pool_classes_by_scheme = {"http": GuardedPool, "https": GuardedTLSPool}
    return pools
