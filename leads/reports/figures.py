"""Days added up. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from leads.reports.answer_times import quantile
from leads.reports.counting import Answer, Counts, Outcome, Part
from leads.states import Stage


@dataclass
class Figures:
    """Keys are those of ``Counts``. ``teams`` counts the leads of each."""

    by_day: dict[date, Counter[str]] = field(default_factory=dict)
    teams: Counter[str] = field(default_factory=Counter)
    parts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def total(self) -> int:
        return self.parts[Part.STAGE].total()

    def of(self, part: Part) -> Counter[str]:
        return self.parts[part]

    def answered(self, *answers: Answer) -> int:
        return sum(self.parts[Part.ANSWER][answer] for answer in answers)

    def waited(self, part: float) -> timedelta | None:
        """The time within which this part of those who were answered had their answer."""
        return quantile({int(step): number for step, number in self.parts[Part.WAIT].items()}, part)

    def reasons(self, stage: Stage) -> Counter[str]:
        begin = f"{stage}:"
        found = self.parts[Part.REASON].items()
        return Counter({value.removeprefix(begin): number for value, number in found if value.startswith(begin)})

    def deliveries(self) -> dict[str, Counter[Outcome]]:
        """By destination."""
        found: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        for value, number in self.parts[Part.DELIVERY].items():
            destination, _colon, outcome = value.partition(":")
            found[destination][Outcome(outcome)] += number
        return found


def add_up(days: Iterable[tuple[date, Counts]], teams: Collection[str] | None) -> Figures:
    """Of these teams, or of all."""
    figures = Figures()
    for day, counts in days:
        figures.by_day[day] = Counter()
        for team, parts in counts.items():
            if teams is not None and team not in teams:
                continue
            figures.teams[team] += sum(parts.get(Part.STAGE, {}).values())
            figures.by_day[day].update(parts.get(Part.ACTION, {}))
            for part, values in parts.items():
                figures.parts[part].update(values)
    return figures


def percent(part: int, whole: int) -> int | None:
    """Rounded down, so that only all of them are 100 %; ``None`` of nothing."""
    return part * 100 // whole if whole else None
