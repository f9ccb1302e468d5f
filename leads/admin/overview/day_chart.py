"""Columns for days, each with a piece for each action, as shapes for an SVG. Colours only repeat what the words and the
patterns of the legend say."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple, Protocol

from django.utils.formats import date_format

from leads.admin.filters import NONE
from leads.reports.counting import OTHERS
from leads.reports.periods import Period

WIDTH, HEIGHT, GAP = 600, 120, 0.25
PATTERNS = 6


class Address(Protocol):
    def __call__(self, days: Period, **filters: str) -> str: ...


class Piece(NamedTuple):
    """``look`` is the number of its pattern. Lengths are texts, so that no language writes them in its own way."""

    label: str
    number: int
    look: int
    y: str
    height: str
    address: str


class Column(NamedTuple):
    day: str
    number: int
    x: str
    width: str
    address: str
    pieces: list[Piece]


class Chart(NamedTuple):
    columns: list[Column]
    legend: list[tuple[str, int]]
    """Action and look."""
    highest: int
    first: str
    last: str


def chart_of(
    period: Period, by_day: Mapping[date, Counter[str]], label: Callable[[str], str], address: Address
) -> Chart:
    together = sum(by_day.values(), Counter[str]())
    actions = [action for action, _number in together.most_common()]
    looks = {action: place % PATTERNS for place, action in enumerate(actions)}
    days = list(period)
    highest = max((counted.total() for counted in by_day.values()), default=0)
    step = WIDTH / len(days)
    columns = [
        Column(
            day=_day(day),
            number=by_day[day].total(),
            x=f"{(place + GAP / 2) * step:.2f}",
            width=f"{(1 - GAP) * step:.2f}",
            address=address(Period(day, day)),
            pieces=_pieces(day, by_day[day], looks, label, address, highest),
        )
        for place, day in enumerate(days)
        if by_day.get(day)
    ]
    legend = [(label(action) if action != OTHERS else "…", looks[action]) for action in actions]
    return Chart(columns, legend, highest, _day(days[0]), _day(days[-1]))


def _pieces(
    day: date,
    counted: Counter[str],
    looks: Mapping[str, int],
    label: Callable[[str], str],
    address: Address,
    highest: int,
) -> list[Piece]:
    """From the ground up, in the order of the legend."""
    pieces, below = [], 0
    for action, look in looks.items():
        if not (number := counted[action]):
            continue
        below += number
        pieces.append(
            Piece(
                label(action) if action != OTHERS else "…",
                number,
                look,
                f"{HEIGHT * (1 - below / highest):.2f}",
                f"{HEIGHT * number / highest:.2f}",
                "" if action == OTHERS else address(Period(day, day), action=action or NONE),
            )
        )
    return pieces


def _day(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")
