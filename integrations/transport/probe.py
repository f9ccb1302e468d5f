"""Reaches a server without sending it a request: name, address, connection, TLS."""

import logging
import ssl
from datetime import UTC, datetime

from urllib3.connection import HTTPConnection

from integrations.contract import Failure
from integrations.transport.call import calling
from integrations.transport.client import CallFailed, Limits
from integrations.transport.connection import GuardedConnection, GuardedTLSConnection, tls_context
from integrations.transport.faults import FAULTS, failure_from, precise
from integrations.transport.policy import Policy, permitted_url

logger = logging.getLogger(__name__)


def certificate_end(url: str, policy: Policy, limits: Limits) -> datetime | None:
    """When the server's certificate ends; None with plain HTTP. Raises ``CallFailed`` when it is not reached."""
    failure: Failure | None = None
    with calling(policy, limits.total, limits.answer_bytes):
        try:
            return _certificate_end(url, policy, limits)
        except FAULTS as error:
            failure = failure_from(error, sent=False, answered=False)
            logger.info("check: %s (%s)", failure.cause, precise(error))
    raise CallFailed(failure)


def _certificate_end(url: str, policy: Policy, limits: Limits) -> datetime | None:
    target = permitted_url(url, policy)
    connection: HTTPConnection
    if target.scheme == "http":
        connection = GuardedConnection(target.host, target.port, timeout=limits.connect)
    else:
        connection = GuardedTLSConnection(target.host, target.port, timeout=limits.connect, ssl_context=tls_context())
    try:
        connection.connect()
        return _end_of(connection.sock)
    finally:
        connection.close()


def _end_of(sock: object) -> datetime | None:
    certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC) if certificate else None
