"""Say where our own code failed without repeating what it was working on: exception texts may hold personal data."""

import traceback

from django.db import OperationalError


def where(error: BaseException) -> str:
    """``ValueError at intake.py:41 read < tasks.py:20 interpret`` : the type and the innermost frames, no text."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return f"{type(error).__name__} at {places}"


def is_database_away(error: Exception) -> bool:
    """Whether it is the database that cannot work now, and not what it was given.

    PostgreSQL tells of a value that fits into none of its structures (class 54 of its error codes, "program limit
    exceeded") by the same exception as of a connection that broke: tried again, that would fail for ever.
    """
    return isinstance(error, OperationalError) and not str(getattr(error.__cause__, "sqlstate", "")).startswith("54")
