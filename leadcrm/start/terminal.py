"""Lines for the person who started us."""

import os
import sys


def say(text: str) -> None:
    """Print at once. A terminal that was closed meanwhile must not keep us from ending our processes in order."""
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
