"""Keys of the big tables."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID that sorts by the time it was made (RFC 9562, version 7), so that new rows go to the end of the index."""
    return uuid7()
