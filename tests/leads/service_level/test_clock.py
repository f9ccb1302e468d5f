"""Targets and alarms of a lead, by the first service level that fits it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, ServiceLevel
from leads.service_level.clock import Alarm, Level, alarm_of, level_of, load_levels, next_alarm_at, start
from leads.service_level.working_time import ALWAYS
from tests.factories import NOON, make_calendar, make_offer, make_service_level

HOUR = timedelta(hours=1)


def level(**values: Any) -> Level:
    given: dict[str, Any] = dict.fromkeys(("offer_ids", "actions", "warmths"), frozenset())
    alarms = ((Alarm.WARN, HOUR / 2), (Alarm.TELL, HOUR), (Alarm.HAND_ON, 2 * HOUR))
    given |= {"name": "L", "target": HOUR, "working_time": ALWAYS, "alarms": alarms}
    return Level(**given | values)


def lead(**values: Any) -> Lead:
    return Lead(**{"first_touch_at": NOON, "last_touch_at": NOON, "action": "INS"} | values)


def warmth_of(action: str) -> str:
    return {"INS": "active"}.get(action, "")


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"actions": frozenset({"ins"})}, True),
        ({"actions": frozenset({"plt"})}, False),
        ({"warmths": frozenset({"active"})}, True),
        ({"warmths": frozenset({"interest"})}, False),
        ({"offer_ids": frozenset({7})}, True),
        ({"offer_ids": frozenset({8})}, False),
        ({"offer_ids": frozenset({7}), "actions": frozenset({"plt"})}, False),
    ],
)
def test_a_level_fits_when_all_of_its_conditions_do(conditions: dict[str, Any], fits: bool) -> None:
    assert level(**conditions).fits(lead(offer_id=7), "active") is fits


def test_the_first_level_that_fits_counts() -> None:
    first, second = level(name="first", actions=frozenset({"plt"})), level(name="second")
    assert level_of(lead(), [first, second, level(name="third")], warmth_of) is second
    assert level_of(lead(action="PLT"), [first, second], warmth_of) is first
    assert level_of(lead(action="PLT"), [], warmth_of) is None


@pytest.mark.parametrize("kind", ["is_test", "is_dnc"])
def test_nobody_waits_for_an_answer_to_a_test_or_who_must_not_be_contacted(kind: str) -> None:
    assert level_of(lead(**{kind: True}), [level()], warmth_of) is None


def test_a_round_begins_with_its_target_and_its_first_alarm() -> None:
    begun = lead(alarms=3, seen_at=NOON, contacted_at=NOON)
    start(begun, level(), NOON)
    assert (begun.opened_at, begun.seen_at, begun.contacted_at, begun.alarms) == (NOON, None, None, 0)
    assert (begun.answer_by, begun.alarm_at) == (NOON + HOUR, NOON + HOUR / 2)


def test_without_a_level_there_is_no_target_and_no_alarm() -> None:
    begun = lead()
    start(begun, None, NOON)
    assert (begun.opened_at, begun.answer_by, begun.alarm_at) == (NOON, None, None)
    assert alarm_of(begun, None) is None


def test_the_alarms_come_one_after_the_other_and_handing_on_goes_on() -> None:
    begun, now = lead(opened_at=NOON), NOON + 10 * HOUR
    seen = []
    for _n in range(4):
        seen.append((alarm_of(begun, level()), next_alarm_at(begun, level(), now)))
        begun.alarms += 1
    assert seen == [
        (Alarm.WARN, NOON + HOUR / 2),
        (Alarm.TELL, NOON + HOUR),
        (Alarm.HAND_ON, NOON + 2 * HOUR),
        (Alarm.HAND_ON, now + 2 * HOUR),  # whoever has it now has as much time as the first
    ]


def test_where_nothing_is_handed_on_the_last_alarm_is_the_last() -> None:
    begun, only_warns = lead(opened_at=NOON, alarms=1), level(alarms=((Alarm.WARN, HOUR),))
    assert alarm_of(begun, only_warns) is None
    assert next_alarm_at(begun, only_warns, NOON) is None


@pytest.mark.django_db
def test_levels_are_read_in_their_order_with_their_alarms_by_time() -> None:
    ServiceLevel.objects.all().delete()
    offer, calendar = make_offer(), make_calendar("09:00-17:00")
    second = make_service_level(name="second", position=2, warn_at=None, tell_at=200, hand_on_at=100)
    first = make_service_level(name="first", position=1, target_minutes=30, calendar=calendar, actions=["PLT"])
    first.offers.set([offer])
    make_service_level(name="off", position=0, enabled=False)
    assert [one.name for one in load_levels()] == ["first", "second"]
    quick, slow = load_levels()
    assert (quick.offer_ids, quick.actions) == (frozenset({offer.pk}), frozenset({"plt"}))
    assert quick.target == timedelta(minutes=30)
    assert quick.working_time.after(NOON.replace(hour=16, minute=50), quick.target) == NOON.replace(
        day=3, hour=9, minute=20
    )
    assert slow.alarms == ((Alarm.HAND_ON, timedelta(days=1)), (Alarm.TELL, timedelta(days=2)))
    assert second.calendar is None


@pytest.mark.django_db
def test_from_the_first_day_on_somebody_is_to_answer_within_a_day() -> None:
    begun = lead()
    start(begun, level_of(begun, load_levels(), warmth_of), timezone.now())
    assert begun.opened_at is not None
    assert begun.answer_by == begun.opened_at + timedelta(days=1)
    assert begun.alarm_at == begun.opened_at + timedelta(hours=12)
