"""How many of the tries of late delivered, from counts that were noted before."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from leads import tasks
from leads.models import Destination, DestinationGate, Tally
from leads.watching.tallies import DAY, HOUR, Success, all_together, success_by_destination, take_tallies
from tests.factories import make_destination

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def counted(destination: Destination, delivered: int, **failures: int) -> None:
    DestinationGate.objects.filter(pk=destination.pk).update(delivered_count=delivered, failure_counts=failures)


def note(destination: Destination, age: timedelta, delivered: int, failed: int = 0) -> Tally:
    return Tally.objects.create(
        destination=destination, taken_at=timezone.now() - age, delivered=delivered, failed=failed
    )


def lately(window: timedelta) -> dict[int, Success]:
    return success_by_destination(DestinationGate.objects.all(), window)


def test_a_tally_holds_what_the_gate_has_counted() -> None:
    destination = make_destination()
    counted(destination, 7, temporary=2, rejected=1)
    take_tallies()
    tally = Tally.objects.get()
    assert (tally.destination, tally.delivered, tally.failed) == (destination, 7, 3)
    assert (tally.taken_at.minute % 5, tally.taken_at.second, tally.taken_at.microsecond) == (0, 0, 0)
    assert timedelta() <= timezone.now() - tally.taken_at < 5 * MINUTE + timedelta(seconds=5)


def test_in_five_minutes_it_is_noted_once_however_many_ask() -> None:
    make_destination()
    take_tallies()
    earlier = Tally.objects.get()
    take_tallies()
    assert Tally.objects.count() <= 2  # the second call may fall into the next five minutes
    Tally.objects.exclude(pk=earlier.pk).delete()
    Tally.objects.update(taken_at=earlier.taken_at - 5 * MINUTE)
    take_tallies()
    assert Tally.objects.count() == 2


def test_what_is_older_than_a_day_and_an_hour_is_forgotten() -> None:
    destination = make_destination()
    kept = note(destination, timedelta(hours=24, minutes=50), 1)
    note(destination, timedelta(hours=25, minutes=10), 1)
    take_tallies()
    assert set(Tally.objects.filter(taken_at__lt=Now() - HOUR)) == {kept}


def test_the_timetable_notes_them() -> None:
    make_destination()
    tasks.watch.run()
    assert Tally.objects.count() == 1


def test_without_destinations_there_is_nothing_to_note() -> None:
    take_tallies()
    assert not Tally.objects.exists()


def test_the_difference_to_the_first_tally_of_the_time_is_what_happened_in_it() -> None:
    destination = make_destination()
    for age, delivered, failed in ((26 * HOUR, 0, 0), (23 * HOUR, 100, 0), (55 * MINUTE, 150, 10), (MINUTE, 158, 11)):
        note(destination, age, delivered, failed)
    counted(destination, 160, temporary=10, rejected=2)
    assert lately(HOUR) == {destination.pk: Success(10, 12)}
    assert lately(DAY) == {destination.pk: Success(60, 72)}


def test_a_destination_that_is_newer_than_the_tally_began_with_nothing() -> None:
    old = make_destination()
    note(old, 55 * MINUTE, 5)
    new = make_destination()
    note(new, MINUTE, 3)
    counted(old, 5)
    counted(new, 3, rejected=1)
    assert lately(HOUR) == {old.pk: Success(0, 0), new.pk: Success(3, 4)}


def test_as_long_as_nothing_was_noted_nothing_is_known() -> None:
    destination = make_destination()
    assert lately(HOUR) == {}
    note(destination, 2 * HOUR, 5)
    assert lately(HOUR) == {}
    assert all_together(lately(HOUR).values()) is None


def test_all_together_are_the_sums() -> None:
    assert all_together([Success(1, 2), Success(10, 10)]) == Success(11, 12)


@pytest.mark.parametrize(
    ("success", "percent"),
    [(Success(0, 0), None), (Success(3, 3), 100.0), (Success(9999, 10_000), 99.9), (Success(2, 3), 66.6)],
)
def test_a_failure_among_many_is_never_rounded_away(success: Success, percent: Any) -> None:
    assert success.percent == percent
