"""People hear of a credential's end while there is time, once for each threshold."""

from datetime import date

import pytest

from integrations.contract import CredentialEnd
from leads.models import Credential, Destination, Notice
from leads.notices.credentials import ending, keep_ends, reached, warn
from leads.notices.wording import when_it_ends, words_of
from tests.factories import make_destination

TODAY = date(2026, 11, 22)


@pytest.fixture
def destination(db: None) -> Destination:
    return make_destination("https", name="Dynamics")


def ends(destination: Destination, on: date, name: str = "bearer_token") -> Credential:
    keep_ends(destination, [CredentialEnd(name, "Secret", on)])
    return Credential.objects.get(name=name)


@pytest.mark.parametrize(
    ("ends_on", "threshold"),
    [
        (date(2026, 12, 23), None),
        (date(2026, 12, 22), 30),
        (date(2026, 11, 30), 30),
        (date(2026, 11, 29), 7),
        (date(2026, 11, 24), 7),
        (date(2026, 11, 23), 1),
        (date(2026, 11, 22), 0),
        (date(2026, 1, 1), 0),
    ],
)
def test_the_threshold_that_the_days_left_have_reached(ends_on: date, threshold: int | None) -> None:
    assert reached(ends_on, TODAY) == threshold


def test_each_threshold_is_told_once(destination: Destination) -> None:
    ends(destination, date(2026, 12, 22))
    days = [(11, 21), (11, 22), (11, 22), (12, 1), (12, 15), (12, 16), (12, 21), (12, 22), (12, 23)]
    assert [warn(date(2026, month, day)) for month, day in days] == [0, 1, 0, 0, 1, 0, 1, 1, 0]
    assert Notice.objects.count() == 4


def test_an_installation_that_slept_hears_the_nearest_threshold_only(destination: Destination) -> None:
    ends(destination, date(2026, 11, 23))
    assert [warn(TODAY), warn(TODAY)] == [1, 0]


def test_a_new_date_is_told_of_anew_and_the_same_one_is_not(destination: Destination) -> None:
    ends(destination, date(2026, 11, 29))
    warn(TODAY)
    ends(destination, date(2026, 11, 29))
    assert warn(TODAY) == 0
    ends(destination, date(2026, 12, 20))
    assert warn(TODAY) == 1


def test_a_credential_that_is_gone_from_the_settings_is_forgotten(destination: Destination) -> None:
    ends(destination, TODAY)
    keep_ends(destination, [])
    assert not Credential.objects.exists()


def test_a_disabled_destination_wakes_nobody(destination: Destination) -> None:
    ends(destination, TODAY)
    Destination.objects.update(enabled=False)
    assert warn(TODAY) == 0
    assert not ending(TODAY).exists()


def test_the_words_name_destination_credential_and_day_and_where_to_act(destination: Destination) -> None:
    ends(destination, date(2026, 11, 29))
    warn(TODAY)
    notice = Notice.objects.get()
    words = words_of(notice)
    assert words.text == (
        "“Bearer token” of the destination “Dynamics” ends on Nov. 29, 2026. From then on its leads wait. "
        "Make a new one in the other system and enter it in the destination's settings."
    )
    assert words.path == f"/admin/leads/destination/{destination.pk}/change/"


@pytest.mark.parametrize(
    ("ends_on", "said"),
    [
        (date(2026, 11, 29), "credential ends in 7 days"),
        (date(2026, 11, 23), "credential ends in 1 day"),
        (TODAY, "credential ends today"),
        (date(2026, 11, 21), "credential has ended"),
    ],
)
def test_how_soon(ends_on: date, said: str) -> None:
    assert when_it_ends(ends_on, TODAY) == said
