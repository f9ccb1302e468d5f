"""Why a start ends before it is asked to."""

from pathlib import Path


class CannotStart(Exception):
    """Something a person has to change first; the message says what, and how."""


class EndAsked(Exception):
    """A signal asked for the end while something was still being waited for."""


def last_lines(log: Path, count: int = 25) -> str:
    """The end of a log, indented, for a message on the terminal."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()[-count:]
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines) or "    (it said nothing)"
