"""Keys of the big tables."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

PACKED = 16


def new_id() -> UUID:
    """A UUID that sorts by the time it was made (RFC 9562, version 7), so that new rows go to the end of the index."""
    return uuid7()


def first_id_at(moment: datetime) -> UUID:
    """Below every id made from then on, and above those made before: it finds new rows by their key."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 0b10 << 62)


def packed(keys: Iterable[UUID]) -> bytes:
    """``PACKED`` bytes each."""
    return b"".join(key.bytes for key in keys)


def unpacked(content: bytes) -> list[UUID]:
    return [UUID(bytes=content[place : place + PACKED]) for place in range(0, len(content), PACKED)]
