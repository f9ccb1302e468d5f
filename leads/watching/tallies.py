"""How many of the tries of the last hour, and of the last day, delivered what they were made for.

Gates count how every try ended. Their counts are noted every five minutes; the difference to now is the answer, and no
attempt is counted for it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Subquery
from django.db.models.functions import Now

from leads.models import DestinationGate, Tally

EVERY = timedelta(minutes=5)
KEPT_FOR = timedelta(hours=25)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Success(NamedTuple):
    """Of so many tries."""

    delivered: int
    tries: int

    @property
    def percent(self) -> float | None:
        """``None`` where nothing was tried. Rounded down, so that one failure among many is never hidden."""
        return self.delivered * 1000 // self.tries / 10 if self.tries else None


def take_tallies() -> None:
    """Once in ``EVERY``, however often it is called, and by however many workers."""
    gates = list(DestinationGate.objects.annotate(now=Now()))
    if not gates:
        return
    moment = _whole(gates[0].now)
    if Tally.objects.filter(taken_at=moment).exists():
        return
    tallies = [
        Tally(destination_id=gate.pk, taken_at=moment, delivered=gate.delivered_count, failed=_failed(gate))
        for gate in gates
    ]
    Tally.objects.bulk_create(tallies, ignore_conflicts=True)
    Tally.objects.filter(taken_at__lt=moment - KEPT_FOR).delete()


def success_by_destination(gates: Iterable[DestinationGate], lately: timedelta) -> dict[int, Success]:
    """By the id of the destination; empty as long as nothing was noted. One query."""
    first = Tally.objects.filter(taken_at__gte=Now() - lately).order_by("taken_at").values("taken_at")[:1]
    noted = {tally.destination_id: tally for tally in Tally.objects.filter(taken_at=Subquery(first))}
    return {gate.destination_id: _since(gate, noted) for gate in gates} if noted else {}


def all_together(found: Collection[Success]) -> Success | None:
    """``None`` as long as nothing was noted."""
    return Success(*map(sum, zip(*found, strict=True))) if found else None


def _whole(moment: datetime) -> datetime:
    return moment - timedelta(seconds=moment.timestamp() % EVERY.total_seconds())


def _failed(gate: DestinationGate) -> int:
    return int(sum(gate.failure_counts.values()))


def _since(gate: DestinationGate, noted: Mapping[int, Tally]) -> Success:
    """A destination that was not there yet had no tries."""
    before = noted.get(gate.destination_id, Tally(delivered=0, failed=0))
    delivered, failed = gate.delivered_count - before.delivered, _failed(gate) - before.failed
    return Success(delivered, delivered + failed)
