"""Queues and lists of sales find their leads by indexes, also where many people have very many leads."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, TestCase
from django.utils import timezone

from leads.admin.sales.my_queue import PAGE
from leads.assignment.levels import Levels
from leads.models import Lead, Team
from leads.roles import SALES
from leads.sales import queue
from leads.sales.queue import Tab
from leads.sales.visibility import visible_leads
from tests.factories import make_team, make_user
from tests.leads.admin.conftest import BACKEND
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.slow

MANY = 12_000
PEOPLE = 40


def _fill() -> User:
    """Everybody has as many leads; most of them are closed, and some are nobody's."""
    now = timezone.now()
    people = [make_user(SALES, is_staff=True) for _number in range(PEOPLE)]
    teams = [make_team(*people[start : start + 4]) for start in range(0, PEOPLE, 4)]
    stages = cycle(["new", "contacted", "won", "lost", "lost", "lost", "lost", "lost", "lost"])
    Lead.objects.bulk_create(
        [
            Lead(
                stage=next(stages),
                owner=None if number % 50 == 0 else people[number % PEOPLE],
                team=teams[number % len(teams)],
                score=number % 100,
                opened_at=now - timedelta(minutes=number),
                routed_at=now - timedelta(minutes=number),
                answer_by=now + timedelta(minutes=MANY // 2 - number),
                contacted_at=None if number % 2 else now - timedelta(minutes=number - 1),
                first_touch_at=now - timedelta(minutes=number),
                last_touch_at=now - timedelta(minutes=number),
            )
            for number in range(MANY)
        ],
        batch_size=500,
    )
    return people[7]


class PlansOfSales(TestCase):
    user: User

    @classmethod
    def setUpTestData(cls) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # rows of other tests left gaps, and the planner counts pages
                cursor.execute("TRUNCATE leads_lead CASCADE")
            cls.user = _fill()
            if connection.vendor == "postgresql":
                cursor.execute("ANALYZE leads_lead")

    def assert_by_index(self, ask: Callable[[], Any], name: str) -> None:
        with query_plans() as plans:
            ask()
        steps = [plan.steps for plan in plans if plan.reads("leads_lead")]
        assert steps, name
        assert [one for one in steps if reads_through(one, "leads_lead")] == [], name

    def test_no_tab_of_the_queue_reads_all_leads(self) -> None:
        day = queue.day_of(self.user)
        for tab in Tab:
            leads = queue.leads_in(tab, self.user, day)
            with self.subTest(tab=tab.value):
                self.assert_by_index(lambda leads=leads: list(leads[:PAGE]), "page")  # type: ignore[misc]
                self.assert_by_index(lambda leads=leads: leads.order_by()[:100].count(), "count")  # type: ignore[misc]
                new = queue.new_since(leads, tab, day.now)
                self.assert_by_index(lambda new=new: new.order_by()[:100].count(), "new")  # type: ignore[misc]

    def test_the_head_of_the_queue_reads_only_the_persons_own(self) -> None:
        day, levels = queue.day_of(self.user), Levels.load()
        self.assert_by_index(lambda: queue.late(self.user, day).count(), "late")
        self.assert_by_index(lambda: queue.due_today(self.user, day).count(), "due today")
        self.assert_by_index(lambda: queue.median_answer(self.user, day, levels), "median")

    def test_the_list_of_a_person_who_sees_few_of_them_reads_no_others(self) -> None:
        newest = visible_leads(self.user).order_by("-last_touch_at", "-id")
        self.assert_by_index(lambda: list(newest[:25]), "page")
        self.assert_by_index(newest[:10_000].count, "count")

    def test_sqlite_fills_the_page_of_a_team_in_the_lists_own_order(self) -> None:
        """Else it would read and sort all leads of all of the team, however many."""
        with query_plans() as plans:
            list(visible_leads(self.user).order_by("-last_touch_at", "-id")[:25])
        (steps,) = [plan.steps for plan in plans if plan.reads("leads_lead")]
        assert connection.vendor == "postgresql" or steps == "SCAN leads_lead USING INDEX lead_newest"

    def test_the_filters_of_the_list_go_by_indexes(self) -> None:
        client = Client()
        client.force_login(self.user, backend=BACKEND)
        team = Team.objects.filter(members=self.user).get()
        for query in ("", "?owner=me", "?owner=nobody", f"?team={team.pk}", "?stage__exact=new", "?due=late&owner=me"):
            with self.subTest(query=query):
                self.assert_by_index(lambda query=query: client.get(f"/admin/leads/lead/{query}"), query)  # type: ignore[misc]

    def test_whoever_sees_all_leads_finds_what_is_late_and_the_best_by_indexes(self) -> None:
        for name, leads in {
            "late": Lead.objects.filter(is_open=True, due_at__lt=timezone.now() - timedelta(days=2)),
            "best": Lead.objects.order_by("-score", "-id"),
            "worst first": Lead.objects.order_by("score", "-id"),
        }.items():
            with self.subTest(name):
                self.assert_by_index(lambda leads=leads: list(leads[:25]), name)  # type: ignore[misc]
