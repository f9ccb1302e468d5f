"""Days added up."""

from collections import Counter
from datetime import date

from leads.reports.counting import Answer, Counts, Outcome, Part
from leads.reports.figures import add_up, percent
from leads.states import Stage

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
OURS: Counts = {
    "1": {
        "stage": {"new": 2, "lost": 1},
        "action": {"INS": 2, "": 1},
        "reason": {"lost:no_budget": 1},
        "answer": {"in_time": 1, "late": 1},
        "wait": {"3": 1, "10": 1},
        "delivery": {"7:delivered": 3, "7:failed": 1},
    },
    "": {"stage": {"new": 1}, "action": {"INS": 1}},
}
THEIRS: Counts = {"2": {"stage": {"won": 4}, "action": {"TRY": 4}, "delivery": {"7:waiting": 1, "8:delivered": 1}}}


def test_of_all_teams_everything_is_added_up() -> None:
    figures = add_up([(MONDAY, OURS), (TUESDAY, THEIRS)], None)
    assert figures.total == 8
    assert figures.by_day == {MONDAY: Counter({"INS": 3, "": 1}), TUESDAY: Counter({"TRY": 4})}
    assert figures.teams == Counter({"1": 3, "2": 4, "": 1})
    assert figures.of(Part.STAGE) == Counter({"new": 3, "lost": 1, "won": 4})
    assert figures.reasons(Stage.LOST) == Counter({"no_budget": 1})
    assert figures.reasons(Stage.DISCARDED) == Counter()
    assert figures.answered(Answer.IN_TIME, Answer.LATE) == 2
    assert figures.deliveries() == {
        "7": Counter({Outcome.DELIVERED: 3, Outcome.FAILED: 1, Outcome.WAITING: 1}),
        "8": Counter({Outcome.DELIVERED: 1}),
    }


def test_of_one_team_there_is_nothing_of_the_others() -> None:
    figures = add_up([(MONDAY, OURS), (TUESDAY, THEIRS)], ["2"])
    assert (figures.total, figures.teams, figures.waited(0.5)) == (4, Counter({"2": 4}), None)
    assert figures.by_day == {MONDAY: Counter(), TUESDAY: Counter({"TRY": 4})}
    assert figures.deliveries()["7"] == Counter({Outcome.WAITING: 1})


def test_of_no_team_there_is_nothing() -> None:
    assert add_up([(MONDAY, OURS)], []).total == 0


def test_only_all_of_them_are_a_hundred_percent() -> None:
    assert [percent(999, 1000), percent(1000, 1000), percent(0, 7), percent(0, 0)] == [99, 100, 0, None]
