"""Work that is done in pages, by workers that have other things to do, too."""

import time
from collections.abc import Callable


def go_on(work_off_page: Callable[[int], bool], key: int, seconds: float) -> bool:
    """Work off pages of the work with this key for some seconds, at least one; whether there may be more to do.
    ``work_off_page`` returns false when there is not, or when somebody else is at it."""
    ends_at = time.monotonic() + seconds
    while work_off_page(key):
        if time.monotonic() > ends_at:
            return True
    return False
