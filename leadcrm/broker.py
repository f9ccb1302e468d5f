"""Kombu's transport for Redis, with one fault mended.

When the broker goes away, Celery closes the connection while messages are still to be acknowledged or put back. Their
channel then fails with an ``AttributeError`` (kombu 5.7.0), which ends the worker. As a lost connection, which it is,
Celery expects it and connects again.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise ConnectionLost("The connection of this channel is closed.")
        found: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]
        return found


class Transport(redis.Transport):
    Channel = Channel


def install() -> None:
    """For all addresses that begin with ``redis`` or ``rediss``."""
    ours = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES.update(redis=ours, rediss=ours)
