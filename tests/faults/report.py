"""What the cases found, as a table for people: ``docs/reliability.md``."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

INTRODUCTION = """\
# What becomes of leads when something fails

Written by `make faults`. It starts a whole installation of real processes on each database, posts leads, does the
harm in the first column, and then counts. So this is what happened in its last run, on two cores that may have had
other work as well. Whoever doubts a line runs it: `.venv/bin/python -m pytest tests/faults -k …`.

Every lead goes to two destinations: one that recognises repeats, and one that makes a second record of each. Each
case ends with the same questions, asked of the rows and of the receiver's own records:

* **lost**: leads that were answered 200 and are not kept, or have no delivery. Must be 0.
* **unsettled**: deliveries that neither arrived nor say what a person is to decide. Must be 0.
* **wrong records**: second ones, at either destination; missing ones; ones under another key than the lead's. Must
  be 0.
* **sent again**: calls that were repeated under the same key, only where repeats are recognised. At most the number
  behind it: for each death, as many as were under way.
* **for a person**: where repeats are not recognised and no answer is known, nobody guesses. At most the number behind
  it.

*Unanswered* are posts whose connection broke: their senders know nothing, and the lead may be kept or not.
"""
HEADINGS = (
    "fault",
    "leads kept",
    "unanswered",
    "lost",
    "unsettled",
    "wrong records",
    "sent again",
    "for a person",
    "settled after",
    "besides",
)


@dataclass(frozen=True)
class Result:
    """One case. ``failure`` is empty when all held; ``found`` are the properties that the case told."""

    name: str
    failure: str
    found: Mapping[str, str]

    def number(self, *names: str) -> int:
        return sum(int(self.found.get(name, 0)) for name in names)

    def cells(self) -> list[str]:
        found = self.found
        besides = [found.get("besides", ""), f"**does not hold**: {self.failure}" if self.failure else ""]
        return [
            found.get("fault", self.name),
            str(self.number("accepted")),
            str(self.number("unanswered")),
            str(self.number("lost")),
            str(self.number("waiting", "failed")),
            str(self.number("second", "missing", "foreign", "doubled")),
            _at_most(self.number("repeats"), found.get("repeats_allowed")),
            _at_most(self.number("for_people"), found.get("for_people_allowed")),
            f"{found['settled']} s" if "settled" in found else "",
            "; ".join(filter(None, besides)),
        ]


def _at_most(number: int, most: str | None) -> str:
    return str(number) if most in (None, "0") else f"{number} (≤ {most})"


def read(junit: Path) -> list[Result]:
    """The results in the file that pytest wrote, in their order."""
    return [_result(case) for case in ElementTree.parse(junit).iter("testcase") if case.get("name")]


def _result(case: ElementTree.Element) -> Result:
    found = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
    wrong = [one.get("message", "") for one in case if one.tag in ("failure", "error", "skipped")]
    return Result(case.get("name", ""), _in_short(wrong[0]) if wrong else "", found)


def _in_short(message: str) -> str:
    return " ".join(message.split()).replace("|", "/")[:200]


def table(database: str, results: Sequence[Result]) -> str:
    held = sum(not result.failure for result in results)
    lines = [f"## {database}: {held} of {len(results)} cases hold", "", _row(HEADINGS), _row("---" for _ in HEADINGS)]
    return "\n".join([*lines, *(_row(result.cells()) for result in results), ""])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
