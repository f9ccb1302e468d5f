import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Lead
from tests.factories import NOON, make_lead, make_offer

pytestmark = pytest.mark.django_db


def walk(client: Client, address: str) -> list[list[Any]]:
    """The ids on every page."""
    pages = []
    following: str | None = address
    while following:
        answer = client.get(following.removeprefix("http://testserver"))
        assert answer.status_code == 200, answer.content
        pages.append([row["id"] for row in answer.json()["results"]])
        following = answer.json()["next"]
    return pages


def cursor(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def test_pages_together_hold_every_row_once_newest_first(sales: Client) -> None:
    leads = [make_lead(last_touch_at=NOON + timedelta(minutes=number)) for number in range(7)]
    ids = [str(lead.pk) for lead in reversed(leads)]
    assert walk(sales, "/api/v1/leads?limit=3") == [ids[:3], ids[3:6], ids[6:]]


def test_rows_of_the_same_moment_are_told_apart(sales: Client) -> None:
    ids = sorted((str(make_lead(last_touch_at=NOON).pk) for _number in range(5)), reverse=True)
    assert walk(sales, "/api/v1/leads?limit=2") == [ids[:2], ids[2:4], ids[4:]]


def test_a_page_that_is_exactly_full_is_the_last(sales: Client) -> None:
    for _number in range(4):
        make_lead()
    assert [len(page) for page in walk(sales, "/api/v1/leads?limit=2")] == [2, 2]


def test_rows_that_come_meanwhile_shift_nothing(sales: Client) -> None:
    older, newer = make_offer(), make_offer()
    first = sales.get("/api/v1/offers?limit=1").json()
    make_offer()
    second = sales.get(first["next"].removeprefix("http://testserver")).json()
    assert [row["id"] for row in first["results"] + second["results"]] == [newer.pk, older.pk]
    assert second["next"] is None


def test_the_next_page_keeps_filter_and_limit(sales: Client) -> None:
    kept = [make_lead(is_test=True, last_touch_at=NOON + timedelta(minutes=number)) for number in range(3)]
    make_lead(last_touch_at=NOON + timedelta(hours=1))
    pages = walk(sales, "/api/v1/leads?is_test=true&limit=2")
    assert pages == [[str(kept[2].pk), str(kept[1].pk)], [str(kept[0].pk)]]


def test_without_a_limit_a_page_has_fifty(sales: Client) -> None:
    make_many(51)
    assert [len(page) for page in walk(sales, "/api/v1/leads")] == [50, 1]


def test_a_limit_above_two_hundred_counts_as_two_hundred(sales: Client) -> None:
    make_many(201)
    assert [len(page) for page in walk(sales, "/api/v1/leads?limit=100000")] == [200, 1]


def make_many(number: int) -> None:
    now = timezone.now()
    Lead.objects.bulk_create([Lead(first_touch_at=now, last_touch_at=now) for _number in range(number)])


@pytest.mark.parametrize("limit", ["0", "-1", "ten", "1.5", "0000", "٣", "1e3", " 5", "9" * 5000])
def test_a_limit_that_is_no_number_above_zero_is_refused(sales: Client, limit: str) -> None:
    answer = sales.get("/api/v1/leads", {"limit": limit})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "limit", "code": "invalid_parameter", "detail": "Give a whole number from 1 to 200."}
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "ü",
        "%%%",
        "A" * 10_000,
        cursor(),
        cursor("2026-03-02T12:00:00+00:00"),
        cursor("2026-03-02T12:00:00+00:00", "x"),
        cursor("2026-03-02T12:00:00+00:00", 5),
        cursor("then", "019f3c1e-7a50-7c3e-9b6a-2f1d5c8e4a10"),
        cursor("0001-01-01T00:00:00+14:00", "019f3c1e-7a50-7c3e-9b6a-2f1d5c8e4a10"),
        cursor("2026-03-02T12:00:00+00:00", "019f3c1e-7a50-7c3e-9b6a-2f1d5c8e4a10", "more"),
        cursor(None, None),
        cursor(["2026-03-02T12:00:00+00:00"], "019f3c1e-7a50-7c3e-9b6a-2f1d5c8e4a10"),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"\xff").decode(),
    ],
)
def test_a_cursor_that_is_none_is_refused(sales: Client, text: str) -> None:
    answer = sales.get("/api/v1/leads", {"cursor": text})
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"]
    assert answer.json()["detail"] == "cursor: This is no cursor. Take the one in “next” of the page before."


def test_a_cursor_of_another_list_gives_rows_or_is_refused_but_never_fails(sales: Client) -> None:
    make_offer()
    assert sales.get("/api/v1/offers", {"cursor": cursor("9" * 30)}).status_code == 200
    assert sales.get("/api/v1/offers", {"cursor": cursor("2026-03-02T12:00:00Z", "x")}).status_code == 400
