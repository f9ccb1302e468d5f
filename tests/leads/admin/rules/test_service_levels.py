"""Service levels: a time in words people use, working hours, alarms, and what a change would have meant."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import ServiceLevel
from tests.factories import make_calendar, make_lead, make_offer, make_service_level
from tests.leads.admin.places import button_of, page_of
from tests.leads.admin.rows import all_rows
from tests.leads.admin.shown import errors_of

pytestmark = pytest.mark.django_db

LIST = "/admin/leads/servicelevel/"
ADD = f"{LIST}add/"


def posted(**values: Any) -> dict[str, Any]:
    alarms = {"warn_at": "50", "tell_at": "100", "hand_on_at": ""}
    return {"name": "Hot", "enabled": "on", "within": "4", "unit": "60"} | alarms | values


def test_a_level_is_made_in_hours_and_comes_before_the_others(owner: Client) -> None:
    offer, calendar = make_offer(), make_calendar()
    owner.post(ADD, posted(offers=[offer.pk], actions=["PLT"], warmths=["active"], calendar=calendar.pk))
    level = ServiceLevel.objects.get(name="Hot")
    assert (level.target_minutes, level.calendar, level.actions, level.warmths) == (240, calendar, ["PLT"], ["active"])
    assert (level.warn_at, level.tell_at, level.hand_on_at) == (50, 100, None)
    assert [one.name for one in ServiceLevel.objects.all()] == ["Hot", "Within a day"]


@pytest.mark.parametrize(("minutes", "shown"), [(90, ("90", "1")), (120, ("2", "60")), (1440, ("24", "60"))])
def test_a_time_is_shown_in_the_unit_that_fits(owner: Client, minutes: int, shown: tuple[str, str]) -> None:
    form = owner.get(page_of(make_service_level(target_minutes=minutes))).context["adminform"].form
    assert (str(form["within"].value()), str(form["unit"].value())) == shown


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"within": "0"}, "within"),
        ({"within": ""}, "within"),
        ({"within": "x"}, "within"),
        ({"within": "9000", "unit": "60"}, "within"),
        ({"unit": "7"}, "unit"),
        ({"warn_at": "0"}, "warn_at"),
        ({"tell_at": "1001"}, "tell_at"),
        ({"hand_on_at": "-5"}, "hand_on_at"),
        ({"warmths": ["boiling"]}, "warmths"),
        ({"name": "Within a day"}, "name"),
    ],
)
def test_what_is_wrong_is_named_beside_the_field(owner: Client, values: dict[str, Any], field: str) -> None:
    assert list(errors_of(owner.post(ADD, posted(**values)))) == [field]
    assert ServiceLevel.objects.count() == 1


TOO_EARLY = "Too early: “%s” is %d. Write %d or more here, or less there."
BEFORE_WARNING = TOO_EARLY % ("Warn the owner at (%)", 200, 200)
BEFORE_TELLING = TOO_EARLY % ("Tell the sales lead at (%)", 100, 100)


@pytest.mark.parametrize(
    ("alarms", "errors"),
    [
        (("200", "100", "50"), {"tell_at": [BEFORE_WARNING], "hand_on_at": [BEFORE_WARNING]}),
        (("200", "100", "150"), {"tell_at": [BEFORE_WARNING], "hand_on_at": [BEFORE_WARNING]}),
        (("200", "100", "300"), {"tell_at": [BEFORE_WARNING]}),
        (("200", "", "50"), {"hand_on_at": [BEFORE_WARNING]}),
        (("", "100", "99"), {"hand_on_at": [BEFORE_TELLING]}),
    ],
)
def test_alarms_that_come_in_an_order_without_sense_are_refused(
    owner: Client, alarms: tuple[str, str, str], errors: dict[str, list[str]]
) -> None:
    values = dict(zip(("warn_at", "tell_at", "hand_on_at"), alarms, strict=True))
    assert errors_of(owner.post(ADD, posted(**values))) == errors
    assert ServiceLevel.objects.count() == 1


@pytest.mark.parametrize("alarms", [("50", "50", "50"), ("50", "", "50"), ("", "", "1"), ("", "", ""), ("9", "10", "")])
def test_alarms_may_come_together_or_not_at_all(owner: Client, alarms: tuple[str, str, str]) -> None:
    owner.post(ADD, posted(**dict(zip(("warn_at", "tell_at", "hand_on_at"), alarms, strict=True))))
    level = ServiceLevel.objects.get(name="Hot")
    assert tuple(str(percent or "") for percent in (level.warn_at, level.tell_at, level.hand_on_at)) == alarms


def test_levels_are_moved_by_their_buttons(owner: Client) -> None:
    level = make_service_level(name="Second")
    owner.post(button_of(level, "up"))
    assert [one.name for one in ServiceLevel.objects.all()] == ["Second", "Within a day"]


def test_the_list_says_what_each_level_means(owner: Client) -> None:
    make_service_level(target_minutes=45, actions=["PLT"], warn_at=None, tell_at=200, hand_on_at=150)
    page = owner.get(LIST).text
    for text in ("45 minutes", "24 hours", "Contact me", "handed on at 150 %, sales lead told at 200 %", "Always"):
        assert text in page


def test_a_trial_shows_how_many_would_have_been_too_late(owner: Client) -> None:
    now = timezone.now()
    for hours in (1, 3, 5, None):
        opened = now - timedelta(hours=10)
        make_lead(action="PLT", opened_at=opened, contacted_at=hours and opened + timedelta(hours=hours))
    make_lead(action="DNC", opened_at=now)
    before = all_rows()
    answer = owner.post(ADD, posted(actions=["PLT"], within="2", _try="1"))
    assert all_rows() == before
    levels, in_time = answer.context["tried"].tables
    assert {row.label: (row.before, row.after) for row in levels.rows} == {
        "Hot": (0, 4),
        "Within a day": (4, 0),
        "No service level": (1, 1),
    }
    assert {row.label: (row.before, row.after) for row in in_time.rows} == {
        "In time, or not due yet": (4, 1),
        "Too late": (0, 3),
        "Nobody waits for an answer": (1, 1),
    }
    assert "4 leads would have had another service level." in answer.text
    for heading in ("By the service levels as they are", "By the service levels with this change"):
        assert answer.text.count(f'<th scope="col" class="lc-number">{heading}</th>') == 2
