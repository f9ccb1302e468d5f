"""Say where our own code failed without repeating what it was working on: exception texts may hold personal data."""

import traceback

from django.db import InterfaceError, InternalError, OperationalError

LIMIT_EXCEEDED = "54"
READ_ONLY = "25006"


def where(error: BaseException) -> str:
    """``ValueError at intake.py:41 read < tasks.py:20 interpret`` : the type and the innermost frames, no text."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return f"{type(error).__name__} at {places}"


def is_database_away(error: Exception) -> bool:
    """Whether it is the database that cannot work now, and not what it was given.

    By the codes of PostgreSQL's appendix "Error Codes": class 54, "program limit exceeded", comes as the same exception
    as a broken connection, but tried again it would fail for ever. 25006, "read only SQL transaction", is what a
    standby says, and comes as one that is else a fault of ours.
    """
    code = str(getattr(error.__cause__, "sqlstate", None) or "")
    if isinstance(error, InternalError):
        return code == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError) and not code.startswith(LIMIT_EXCEEDED)
