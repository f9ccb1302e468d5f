"""Say where our own code failed without repeating what it was working on: exception texts may hold personal data."""

import traceback


def where(error: BaseException) -> str:
    """``ValueError at intake.py:41 read < tasks.py:20 interpret`` : the type and the innermost frames, no text."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return f"{type(error).__name__} at {places}"
