"""After a destination was closed it is not hit with all of its calls at once: one at a time, then two, then four."""

from dataclasses import dataclass

ANSWERS_PER_STEP = 10


@dataclass(frozen=True, slots=True)
class Ramp:
    """``calls_now`` is how many calls may be under way at present; ``None`` once it is as many as are ever allowed."""

    calls_now: int | None = None
    answers: int = 0
    """Good ones since the last step."""


BEGINNING = Ramp(calls_now=1)


def after_success(ramp: Ramp, most: int) -> Ramp:
    """``most`` is how many calls the destination is ever given at once."""
    if ramp.calls_now is None or ramp.calls_now >= most:
        return Ramp()
    if ramp.answers + 1 < ANSWERS_PER_STEP:
        return Ramp(ramp.calls_now, ramp.answers + 1)
    doubled = ramp.calls_now * 2
    return Ramp(doubled) if doubled < most else Ramp()
