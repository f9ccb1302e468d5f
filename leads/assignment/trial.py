"""What other rules would have done with the leads of the last month. Nothing is stored."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leads.assignment.levels import Levels
from leads.assignment.rules import Rule, person_of, rule_for
from leads.models import Lead
from leads.models.ids import first_id_at
from leads.scoring import Scoring, set_score

MONTH = timedelta(days=30)
MOST = 5_000
PAGE = 500
MOST_EXAMPLES = 20
PERSON = ("first_name", "last_name", "email", "company", "is_private")
JUDGED = ("offer_id", "country_code", "source", "action", "title", "mail_domain", "phone", "touch_count")
CLOCK = ("is_test", "is_dnc", "opened_at", "contacted_at")

type Verdict = tuple[str | int | None, ...]
"""What rules say of one lead; the first part is what matters of it."""
type Judge = Callable[[Sequence[Lead]], list[Verdict]]


@dataclass
class Trial:
    """``before`` and ``after`` count how often each part of a verdict came, one counter for each part. ``examples`` are
    leads of which the first part changed, with both verdicts."""

    looked_at: int = 0
    changed: int = 0
    before: list[Counter[str | int | None]] = field(default_factory=list)
    after: list[Counter[str | int | None]] = field(default_factory=list)
    examples: list[tuple[Lead, Verdict, Verdict]] = field(default_factory=list)

    @property
    def is_all(self) -> bool:
        """Whether there were no more leads than were looked at."""
        return self.looked_at < MOST

    def note(self, lead: Lead, before: Verdict, after: Verdict) -> None:
        self.looked_at += 1
        _count(self.before, before)
        _count(self.after, after)
        if before[0] != after[0]:
            self.changed += 1
            if len(self.examples) < MOST_EXAMPLES:
                self.examples.append((lead, before, after))


def _count(counters: list[Counter[str | int | None]], verdict: Verdict) -> None:
    counters.extend(Counter() for _part in verdict[len(counters) :])
    for counter, part in zip(counters, verdict, strict=True):
        counter[part] += 1


def compare(before: Judge, after: Judge, now: datetime) -> Trial:
    """Page by page, the newest leads first."""
    trial = Trial()
    for page in last_month(now):
        for lead, was, would_be in zip(page, before(page), after(page), strict=True):
            trial.note(lead, was, would_be)
    return trial


def last_month(now: datetime) -> Iterator[list[Lead]]:
    """Pages of the leads that came since then, ``MOST`` at most."""
    since = Lead.objects.shown().filter(id__gte=first_id_at(now - MONTH), is_test=False, is_dnc=False)
    rows = since.only(*PERSON, *(name.removesuffix("_id") for name in JUDGED), *CLOCK, "score_reasons").order_by("-id")
    page: list[Lead] = []
    for _n in range(MOST // PAGE):
        page = list((rows.filter(id__lt=page[-1].id) if page else rows)[:PAGE])
        if page:
            yield page
        if len(page) < PAGE:
            return


def by_rules(rules: Sequence[Rule]) -> Judge:
    """(Id of the rule, id of the person), as if those whom the rules name now had been there."""
    last_given_to: dict[int, int | None] = {}
    given: Counter[int] = Counter()

    def verdict(lead: Lead) -> Verdict:
        rule = rule_for(lead, rules)
        if rule is None:
            return None, None
        person = person_of(rule, last_given_to.get(rule.rule_id), given)
        if person is not None:
            last_given_to[rule.rule_id] = person
            given[person] += 1
        return rule.rule_id, person

    return lambda leads: [verdict(lead) for lead in leads]


def by_levels(levels: Levels, now: datetime) -> Judge:
    """(Name of the level, whether it was answered too late), by when leads were really answered."""

    def verdict(lead: Lead) -> Verdict:
        level = levels.of(lead)
        if level is None:
            return None, None
        if lead.opened_at is None:
            return level.name, None
        answer_by = level.working_time.after(lead.opened_at, level.target)
        return level.name, (lead.contacted_at or now) > answer_by

    return lambda leads: [verdict(lead) for lead in leads]


def by_scoring(scoring: Scoring) -> Judge:
    """(Score,)."""

    def verdicts(leads: Sequence[Lead]) -> list[Verdict]:
        set_score(leads, scoring)
        return [(lead.score,) for lead in leads]

    return verdicts
