"""How long a mountain of calls takes. Pure."""

from datetime import timedelta

from leads.pacing.rate import Rate


def time_for(calls: int, *, seconds_each: float, calls_at_once: int, rate: Rate | None) -> timedelta:
    """By what is slower: the calls that may be under way together, or the rate that the destination is given."""
    by_slots = calls * seconds_each / calls_at_once
    by_rate = max(0.0, calls - rate.most_at_once) * rate.seconds / rate.calls if rate else 0.0
    return timedelta(seconds=max(by_slots, by_rate))
