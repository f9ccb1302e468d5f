"""How many calls an instance takes in a while and in a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.sandbox.inputs import Fields
from integrations.sandbox.marketo.errors import Refused, reason

MOST = 1_000_000


def _central() -> tzinfo:
    try:
        return ZoneInfo("America/Chicago")
    except ZoneInfoNotFoundError:  # this machine knows no zones: off by an hour in summer
        return timezone(timedelta(hours=-6))


CENTRAL = _central()


@dataclass(frozen=True)
class Limits:
    """`calls` in any `seconds`, `at_once` under way, `day` until midnight in US Central time.

    `input` records and `body` bytes in one call; `form_posts` in any minute.
    """

    calls: int = 100
    seconds: int = 20
    at_once: int = 10
    day: int = 50_000
    input: int = 300
    body: int = 1_000_000
    form_posts: int = 30

    def merged(self, given: Fields) -> "Limits":
        changes = {one.name: given.whole(one.name, 0, MOST, getattr(self, one.name)) for one in fields(self)}
        given.finish()
        return replace(self, **changes)

    def as_json(self) -> dict[str, int]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass
class Window:
    """What happened in the last seconds of a clock that may be set back."""

    times: list[float] = field(default_factory=list)

    def count(self, now: float, seconds: float) -> int:
        self.times = [at for at in self.times if now - seconds < at <= now]
        return len(self.times)

    def add(self, now: float) -> None:
        self.times.append(now)


class Quota:
    """The calls of one instance. Not safe to use from several threads."""

    def __init__(self) -> None:
        self._recent = Window()
        self._day: date | None = None
        self._today = 0

    def admit(self, limits: Limits, now: float) -> None:
        """Counts a call. Raises Refused where a limit is reached, and then counts nothing."""
        if self._recent.count(now, limits.seconds) >= limits.calls:
            raise Refused("rate", reason("606", calls=limits.calls, seconds=limits.seconds))
        if self.today(now) >= limits.day:
            raise Refused("quota", reason("607"))
        self._recent.add(now)
        self._today += 1

    def today(self, now: float) -> int:
        day = datetime.fromtimestamp(now, UTC).astimezone(CENTRAL).date()
        if day != self._day:
            self._day, self._today = day, 0
        return self._today

    def counted(self, limits: Limits, now: float) -> Mapping[str, int]:
        return {"recent": self._recent.count(now, limits.seconds), "today": self.today(now)}
