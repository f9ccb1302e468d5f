"""Two people, or a person and a touch, at the same time: no touch is lost, nobody waits for ever, and whoever comes
second is told."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from leads.intake.interpreting import interpret_waiting
from leads.models import InboundRequest, Lead, Merge, Touch
from leads.roles import SALES
from leads.sales import activities
from leads.sales.duplicates import compare_waiting
from leads.sales.merging import NotMerged, NotTwoAnyMore, SplitFirst, merge, split
from leads.states import ActivityKind
from tests.factories import NOON, lead_json, make_endpoint, make_inbound, make_user
from tests.leads.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = tuple(f"mina{number}@fabrikam.example" for number in range(4))


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(SALES)


@pytest.fixture
def leads(user: User) -> list[Lead]:
    endpoint = make_endpoint()
    for address in PEOPLE:
        make_inbound(lead_json(Email=address), endpoint=endpoint, received_at=NOON)
    interpret_waiting()
    return list(Lead.objects.order_by("email"))


def told[Result](work: Callable[[], Result]) -> Callable[[], str]:
    def do() -> str:
        try:
            work()
        except (NotTwoAnyMore, NotMerged, SplitFirst) as error:
            return type(error).__name__
        return "done"

    return do


def touches_are_where_they_belong() -> None:
    for lead in Lead.objects.all():
        assert lead.touches.count() == (0 if lead.merged_into_id else lead.touch_count)


def test_the_same_pair_is_merged_once(user: User, leads: list[Lead]) -> None:
    one, other = leads[0].pk, leads[1].pk
    pressed = [told(lambda a=a, b=b: merge(user, a, b)) for a, b in [(one, other), (other, one)] * 2]  # type: ignore[misc]
    assert sorted(at_once(pressed)) == ["NotTwoAnyMore"] * 3 + ["done"]
    assert Merge.objects.count() == 1
    touches_are_where_they_belong()


def test_a_lead_is_absorbed_by_one_of_two(user: User, leads: list[Lead]) -> None:
    first, second, third, _fourth = (lead.pk for lead in leads)
    ways = [(first, second), (second, third), (third, first)]
    answers = at_once([told(lambda a=a, b=b: merge(user, a, b)) for a, b in ways])  # type: ignore[misc]
    assert answers.count("done") in (1, 2)
    assert Lead.objects.shown().count() == 4 - answers.count("done")
    touches_are_where_they_belong()


def test_a_split_that_is_pressed_twice_happens_once(user: User, leads: list[Lead]) -> None:
    merge(user, leads[0].pk, leads[1].pk)
    answers = at_once([told(lambda: split(user, leads[1].pk))] * 3)
    assert sorted(answers) == ["NotMerged", "NotMerged", "done"]
    touches_are_where_they_belong()


def test_splitting_while_it_is_merged_on_leaves_one_of_both(user: User, leads: list[Lead]) -> None:
    """Whichever comes first."""
    first, second, third, _fourth = (lead.pk for lead in leads)
    merge(user, first, second)
    at_once([told(lambda: split(user, second)), told(lambda: merge(user, third, first))])
    shown = set(Lead.objects.shown().values_list("pk", flat=True))
    assert third in shown
    assert first not in shown
    touches_are_where_they_belong()


def test_no_touch_is_lost_while_leads_are_merged_and_split(user: User, leads: list[Lead]) -> None:
    endpoint = make_endpoint()
    for number in range(60):
        lead = lead_json(Email=PEOPLE[number % 4], Description=str(number))
        make_inbound(lead, endpoint=endpoint, received_at=NOON)

    def read() -> None:
        while InboundRequest.objects.waiting().exists():
            interpret_waiting(limit=4)

    def merge_and_split(one: Lead, other: Lead) -> None:
        for _time in range(8):
            told(lambda: merge(user, one.pk, other.pk))()
            told(lambda: split(user, other.pk))()

    first, second, third, fourth = leads
    at_once(
        [
            read,
            read,
            lambda: merge_and_split(first, second),
            lambda: merge_and_split(second, third),
            lambda: merge_and_split(fourth, first),
        ]
    )
    assert Touch.objects.count() == 64
    touches_are_where_they_belong()
    while merges := list(Merge.objects.filter(survivor__merged_into=None)):
        split(user, merges[-1].absorbed_id)
    assert {lead.touch_count for lead in Lead.objects.all()} == {16}
    for made, address in zip(Lead.objects.order_by("id"), PEOPLE, strict=True):
        assert set(made.touches.values_list("email", flat=True)) == {address}


def test_a_note_written_while_the_lead_is_merged_is_on_the_lead_that_is_shown(user: User, leads: list[Lead]) -> None:
    first, second = leads[:2]
    write = told(lambda: activities.log(user, second.pk, ActivityKind.NOTE, "Called"))
    assert at_once([told(lambda: merge(user, first.pk, second.pk)), write]) == ["done", "done"]
    assert first.activities.get().text == "Called"


def test_two_workers_compare_each_lead_once(user: User, leads: list[Lead]) -> None:
    Lead.objects.update(phone_key="+82211110000")

    def work() -> None:
        while compare_waiting(limit=1):
            pass

    at_once([work, work, work])
    assert not Lead.objects.filter(to_compare=True).exists()
