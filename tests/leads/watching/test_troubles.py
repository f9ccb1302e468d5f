"""A trouble is told once when it begins, reminded of quietly, and ends with an all-clear."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from leads.models import Notice, Trouble
from leads.models.notice import NoticeKind
from leads.models.trouble import TroubleKind
from leads.notices.wording import words_of
from leads.watching import troubles
from leads.watching.conditions import Condition
from leads.watching.troubles import open_troubles, watch
from tests.factories import make_destination, make_endpoint

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Found:
    """What there is to find from now on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.conditions: Sequence[Condition] = []
        monkeypatch.setattr(troubles, "conditions", lambda: self.conditions)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    return Found(monkeypatch)


def failed(count: int = 37, cause: str = "record_refused") -> Condition:
    destination = make_destination(name=f"CRM {cause}")
    return Condition(
        kind=TroubleKind.LEADS_FAILED,
        destination_id=destination.pk,
        cause=cause,
        count=count,
        oldest_at=timezone.now(),
    )


def passes(time: timedelta) -> None:
    """For the rows, it is so much later."""
    Trouble.objects.update(began_at=F("began_at") - time, seen_at=F("seen_at") - time, tell_at=F("tell_at") - time)


def told() -> list[str]:
    return [NoticeKind(notice.kind).value for notice in Notice.objects.order_by("id")]


def test_it_is_told_once(found: Found) -> None:
    found.conditions = [failed()]
    assert [watch(), watch(), watch()] == [1, 0, 0]
    assert told() == ["trouble"]
    assert [trouble.count for trouble in open_troubles()] == [37]


def test_two_causes_are_two_troubles(found: Found) -> None:
    found.conditions = [failed(cause="a"), failed(cause="b")]
    assert watch() == 2
    assert len(open_troubles()) == 2


def test_the_numbers_follow_without_a_word(found: Found) -> None:
    first = failed()
    found.conditions = [first]
    watch()
    found.conditions = [Condition(kind=first.kind, destination_id=first.destination_id, cause=first.cause, count=41)]
    assert watch() == 0
    assert [trouble.count for trouble in open_troubles()] == [41]


def test_it_is_told_again_after_an_hour_twelve_hours_one_day_and_three_days(found: Found) -> None:
    found.conditions = [failed()]
    hours_told = []
    for hour in range(24 * 8):
        if watch():
            hours_told.append(hour)
        passes(HOUR)
        Trouble.objects.update(seen_at=timezone.now())
    assert hours_told == [0, 1, 12, 24, 72, 144]


def test_the_all_clear_comes_when_it_was_gone_for_three_minutes(found: Found) -> None:
    found.conditions = [failed()]
    watch()
    found.conditions = []
    passes(2 * MINUTE)
    assert watch() == 0
    passes(2 * MINUTE)
    assert watch() == 1
    assert told() == ["trouble", "all_clear"]
    assert open_troubles() == []
    assert Trouble.objects.get().ended_at is not None
    assert watch() == 0


def test_one_that_flickers_is_one_trouble(found: Found) -> None:
    condition = failed()
    for conditions in ([condition], [], [condition], [], [condition]):
        found.conditions = conditions
        watch()
        passes(MINUTE)
    assert told() == ["trouble"]
    assert Trouble.objects.count() == 1


def test_one_that_comes_back_later_is_a_new_one(found: Found) -> None:
    condition = failed()
    for conditions in ([condition], [], [condition]):
        found.conditions = conditions
        watch()
        passes(4 * MINUTE)
    watch()
    assert told()[:2] == ["trouble", "all_clear"]
    assert Trouble.objects.count() == 2


def test_the_words_say_who_what_since_when_and_where_to_act(found: Found) -> None:
    found.conditions = [failed()]
    watch()
    notice = Notice.objects.get()
    words = words_of(notice)
    assert words.subject == "CRM record_refused: leads failed"
    assert "CRM record_refused: The receiving system refused this lead." in words.text
    assert "37 leads are concerned; none is lost." in words.text
    assert words.path == (
        f"/admin/leads/delivery/?state__in=failed&destination__id__exact={notice.destination_id}&reason=record_refused"
    )


def test_the_all_clear_names_what_is_over(found: Found) -> None:
    found.conditions = [failed()]
    watch()
    found.conditions = []
    passes(4 * MINUTE)
    watch()
    words = words_of(Notice.objects.get(kind=NoticeKind.ALL_CLEAR))
    assert words.subject == "CRM record_refused: all clear"
    assert "The receiving system refused this lead." in words.text


@pytest.mark.parametrize("kind", TroubleKind)
def test_every_kind_has_words_and_a_page(kind: TroubleKind, found: Found) -> None:
    about: dict[str, Any] = {"endpoint_id": make_endpoint().pk} if kind is TroubleKind.SILENT else {}
    if kind in (TroubleKind.PAUSED, TroubleKind.LEFT_PAUSED, TroubleKind.NOTHING_ARRIVES, TroubleKind.LEADS_FAILED):
        about = {"destination_id": make_destination().pk}
    found.conditions = [Condition(kind=kind, cause="sign_in_refused", count=2, params={"usual_hours": 3.0}, **about)]
    watch()
    words = words_of(Notice.objects.get())
    assert words.subject
    assert words.path.startswith("/admin/")
    assert "…" not in words.text
