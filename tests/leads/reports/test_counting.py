"""One day, counted: by the installation's clock, and as the leads stand now."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from leads.assignment.levels import Levels
from leads.models import Delivery, Lead
from leads.models.ids import first_id_at
from leads.reports import counting
from leads.reports.counting import Counts, count_day
from leads.states import DeliveryState
from tests.factories import (
    NOON,
    make_calendar,
    make_delivery,
    make_destination,
    make_lead,
    make_offer,
    make_service_level,
    make_team,
    make_touch,
    make_user,
)

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)


def came(moment: datetime = NOON, **values: Any) -> Lead:
    return make_lead(first_touch_at=moment, last_touch_at=moment, **values)


def counted(day: date = DAY) -> Counts:
    return count_day(day, Levels.load())


def test_a_day_without_leads_is_empty(db: None) -> None:
    came(NOON + timedelta(days=1))
    assert counted() == {}


def test_leads_are_counted_by_what_they_are(db: None) -> None:
    offer, owner = make_offer(), make_user()
    team = make_team(owner)
    values: dict[str, Any] = {"action": "INS", "offer": offer, "country_code": "KR", "owner": owner, "team": team}
    came(**values)
    came(**values | {"stage": "lost", "close_reason": "no_budget"})
    came()
    assert counted() == {
        str(team.pk): {
            "action": {"INS": 2},
            "offer": {str(offer.pk): 2},
            "country": {"KR": 2},
            "owner": {str(owner.pk): 2},
            "stage": {"lost": 1, "new": 1},
            "reason": {"lost:no_budget": 1},
        },
        "": {"action": {"": 1}, "offer": {"": 1}, "country": {"": 1}, "owner": {"": 1}, "stage": {"new": 1}},
    }


@pytest.mark.parametrize("values", [{"is_test": True}, {"is_dnc": True}, {"merged_into": True}])
def test_what_is_nobodys_work_counts_nowhere(values: dict[str, Any]) -> None:
    if "merged_into" in values:
        values = {"merged_into": came(NOON - timedelta(days=9))}
    lead = came(**values)
    make_delivery(touch=make_touch(lead), state=DeliveryState.DELIVERED)
    assert counted() == {}


@pytest.mark.parametrize(
    ("zone", "moment", "is_of_the_day"),
    [
        ("UTC", datetime(2026, 3, 2, 0, 0, tzinfo=UTC), True),
        ("UTC", datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC), False),
        ("UTC", datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=UTC), True),
        ("UTC", datetime(2026, 3, 3, 0, 0, tzinfo=UTC), False),
        ("Asia/Seoul", datetime(2026, 3, 1, 15, 0, tzinfo=UTC), True),
        ("Asia/Seoul", datetime(2026, 3, 2, 15, 0, tzinfo=UTC), False),
    ],
)
def test_days_begin_and_end_by_the_clock_of_the_installation(
    settings: Settings, zone: str, moment: datetime, is_of_the_day: bool
) -> None:
    settings.TIME_ZONE = zone
    came(moment)
    assert bool(counted()) is is_of_the_day


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_on_which_the_clocks_change_have_each_lead_once(settings: Settings, day: date) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    begin = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=3)
    for hour in range(30):
        came(begin + timedelta(hours=hour))
    around = [counted(day + timedelta(days=shift)) for shift in (-1, 0, 1)]
    numbers = [one[""]["stage"]["new"] for one in around]
    assert sum(numbers) == 30
    assert numbers[1] == (23 if day.month == 3 else 25)


def test_answers_are_measured_in_the_working_time_of_the_level(db: None) -> None:
    make_service_level(calendar=make_calendar("09:00-17:00", time_zone="UTC"))
    friday = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    monday = friday + timedelta(days=2, hours=18)  # 10:00
    came(friday, opened_at=friday, contacted_at=monday, answer_by=monday)
    came(friday, opened_at=friday, contacted_at=monday, answer_by=monday - timedelta(seconds=1))
    came(friday, opened_at=friday, contacted_at=monday)
    came(friday, opened_at=friday, answer_by=monday)
    found = counted(friday.date())[""]
    assert found["answer"] == {"in_time": 1, "late": 1, "no_target": 1}
    assert found["wait"] == {"51": 3}  # two hours


def test_deliveries_are_counted_where_they_went_and_how_they_ended(db: None) -> None:
    team, destination = make_team(), make_destination()
    lead = make_lead(team=team, first_touch_at=NOON - timedelta(days=40), last_touch_at=NOON)
    states = ("delivered", "failed", "queued", "sending", "withheld", "cancelled")
    for state in states:
        make_delivery(destination, make_touch(lead), state=DeliveryState(state))
    today = timezone.localdate()
    assert counted(today) == {
        str(team.pk): {
            "delivery": {
                f"{destination.pk}:delivered": 1,
                f"{destination.pk}:failed": 1,
                f"{destination.pk}:waiting": 2,
            }
        }
    }
    assert counted(today - timedelta(days=1)) == {}


def test_a_delivery_belongs_to_the_day_on_which_it_was_made(db: None) -> None:
    destination, lead = make_destination(), make_lead()
    for hours in (-1, 0, 23, 24):
        moment = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours)
        touch = make_touch(lead)
        Delivery.objects.create(id=first_id_at(moment), touch=touch, destination=destination, created_at=moment)
    assert counted()[""]["delivery"] == {f"{destination.pk}:waiting": 2}


def test_more_leads_than_a_page_holds_are_each_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PAGE", 3)
    for number in range(10):
        came(NOON + timedelta(minutes=number // 4))
    assert counted()[""]["stage"] == {"new": 10}


def test_of_very_many_actions_the_rarest_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_ACTIONS", 2)
    for action in ("A", "A", "A", "B", "B", "C", "D"):
        came(action=action)
    assert counted()[""]["action"] == {"A": 3, "B": 2, "*": 2}
