"""Duplicates are found by indexes, also where there are very many leads, pairs, and leads with the same key."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from leads.intake.joining import hold
from leads.models import Lead, LeadPair
from leads.roles import SALES
from leads.sales.duplicates import MOST, PAGE, alike_for, compare_waiting, open_pairs
from leads.sales.merging import merge, split
from leads.states import Likeness
from tests.factories import make_team, make_user
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.slow

MANY, PAIRS, CROWD = 12_000, 11_000, 500
TABLES = ("leads_lead", "leads_leadpair", "leads_merge")


def _fill() -> User:
    """Every fourth has somebody like it; many share an address and a phone number."""
    now = timezone.now()
    user = make_user(SALES)
    make_team(user)
    leads = [
        Lead(
            join_key=f"{number:064d}",
            email_key="info@x.example" if number < CROWD else f"p{number - number % 4 // 3}@x.example",
            phone_key="+49301" if number < CROWD else "",
            owner=user if number % 100 == 0 else None,
            to_compare=number % 1000 == 999,
            first_touch_at=now - timedelta(minutes=number),
            last_touch_at=now - timedelta(minutes=number),
            touch_count=1,
        )
        for number in range(MANY)
    ]
    leads = Lead.objects.bulk_create(leads, batch_size=500)
    likes = list(Likeness)
    LeadPair.objects.bulk_create(
        [
            LeadPair(
                first=leads[number],
                second=leads[number + 1],
                likeness=likes[number % 4],
                dismissed_at=now if number % 2 else None,
            )
            for number in range(PAIRS)
        ],
        batch_size=200,
    )
    return user


class PlansOfMerging(TestCase):
    user: User

    @classmethod
    def setUpTestData(cls) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # rows of other tests left gaps, and the planner counts pages
                cursor.execute("TRUNCATE leads_lead CASCADE")
            cls.user = _fill()
            if connection.vendor == "postgresql":
                cursor.execute("ANALYZE leads_lead, leads_leadpair, leads_merge")

    def assert_by_index(self, ask: Callable[[], Any], name: str) -> None:
        with query_plans() as plans:
            ask()
        found = [(plan, table) for plan in plans for table in TABLES if plan.reads(table) or f'"{table}"' in plan.sql]
        assert found, name
        small = ("leads_merge",)  # without a row, everybody reads it through
        bad = [plan.sql for plan, table in found if table not in small and reads_through(plan.steps, table)]
        assert bad == [], name

    def test_the_card_finds_who_is_alike_by_the_keys(self) -> None:
        crowded, common = Lead.objects.filter(phone_key="+49301")[:2]
        assert alike_for(self.user, crowded).crowded == ["email_key", "phone_key"]
        alone = Lead.objects.filter(email_key=f"p{MANY - 2}@x.example").first()
        assert alone is not None
        assert len(alike_for(self.user, alone).found) <= MOST
        for name, lead in {"crowded": crowded, "common": common, "alone": alone}.items():
            with self.subTest(name):
                self.assert_by_index(lambda lead=lead: alike_for(self.user, lead), name)  # type: ignore[misc]

    @patch("leads.sales.duplicates.MOST_LOOKED_AT", 100)
    def test_the_page_and_the_badge_read_no_more_pairs_than_they_show(self) -> None:
        for name, pairs in {
            "likely": open_pairs(self.user),
            "person": open_pairs(self.user, likely=False),
        }.items():
            with self.subTest(name):
                self.assert_by_index(lambda pairs=pairs: list(pairs[:25]), "page")  # type: ignore[misc]
                self.assert_by_index(lambda pairs=pairs: pairs[:100].count(), "badge")  # type: ignore[misc]

    def test_the_worker_finds_what_is_to_compare_by_an_index(self) -> None:
        self.assert_by_index(lambda: compare_waiting(PAGE), "compare")

    def test_a_touch_finds_its_lead_and_a_person_merges_and_splits_by_indexes(self) -> None:
        one, other = Lead.objects.order_by("-id")[:2]
        self.assert_by_index(lambda: merge(self.user, one.pk, other.pk), "merge")
        self.assert_by_index(lambda: hold({str(one.join_key), str(other.join_key), "new"}), "hold")
        assert set(hold({str(other.join_key)}).values()) == {one}
        self.assert_by_index(lambda: split(self.user, other.pk), "split")
