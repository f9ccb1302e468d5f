"""Among many leads and deliveries, neither counting a day nor looking at reports reads a table from end to end."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client, TestCase
from django.utils import timezone

from leads.admin.overview.attention import needs_attention
from leads.assignment.levels import Levels
from leads.models import AssignmentRule, DayTally, Delivery, InboundRequest, Lead, Team, Touch
from leads.models.ids import first_id_at
from leads.reports import tallying
from leads.reports.counting import count_day
from leads.reports.periods import last_days, today
from leads.roles import OWNER, SALES
from tests.factories import NOON, make_assignment_rule, make_destination, make_endpoint, make_team, make_user
from tests.leads.admin.conftest import BACKEND
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.slow

MANY, DAYS = 12_000, 400
TABLES = ("leads_lead", "leads_delivery", "leads_touch")


def _fill() -> User:
    """Spread over more than a year; most leads are closed, and every day looks like another."""
    now = timezone.now()
    people, teams = [make_user(SALES) for _n in range(20)], [make_team() for _n in range(5)]
    rules, destination, endpoint = [make_assignment_rule() for _n in range(5)], make_destination(), make_endpoint()
    stages = cycle(["new", "contacted", "won", *["lost"] * 7])
    moments = [now - timedelta(days=DAYS) * number / MANY for number in range(MANY)]
    leads = [
        Lead(
            id=UUID(int=first_id_at(moment).int + number),
            stage=next(stages),
            owner=people[number % 20] if number % 50 else None,
            team=teams[number % 5],
            rule=rules[number % 5],
            action=("PLT", "INS", "Create")[number % 3],
            country_code=("KR", "DE", "US", "FR")[number % 4],
            opened_at=moment,
            answer_by=moment + timedelta(hours=1),
            contacted_at=None if number % 3 else moment,
            first_touch_at=moment,
            last_touch_at=moment,
        )
        for number, moment in enumerate(moments)
    ]
    Lead.objects.bulk_create(leads, batch_size=500)
    request = InboundRequest(endpoint=endpoint, received_at=now, body=b"{}", body_size=2, state="accepted")
    request.save()
    touches = [
        Touch(
            id=lead.id,
            inbound_request=request,
            position=number,
            endpoint=endpoint,
            lead=lead,
            received_at=lead.first_touch_at,
            quality="exact",
        )
        for number, lead in enumerate(leads)
    ]
    Touch.objects.bulk_create(touches, batch_size=500)
    Delivery.objects.bulk_create(
        [
            Delivery(
                id=touch.id,
                touch=touch,
                destination=destination,
                state="delivered",
                created_at=touch.received_at,
                delivered_at=NOON,
            )
            for touch in touches
        ],
        batch_size=500,
    )
    return make_user(OWNER, is_staff=True)


class PlansOfReports(TestCase):
    user: User

    @classmethod
    def setUpTestData(cls) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # rows of other tests left gaps, and the planner counts pages
                cursor.execute("TRUNCATE leads_lead, leads_delivery, leads_touch CASCADE")
            cls.user = _fill()
            if connection.vendor == "postgresql":
                cursor.execute("ANALYZE")

    def setUp(self) -> None:
        cache.clear()

    def assert_by_index(self, ask: Callable[[], Any], name: str) -> None:
        with query_plans() as plans:
            ask()
        read = [plan for plan in plans if any(plan.reads(table) for table in TABLES)]
        assert read, name
        whole = [plan for plan in read for table in TABLES if reads_through(plan.steps, table)]
        assert whole == [], f"{name}: {whole}"

    def test_a_day_is_counted_by_indexes(self) -> None:
        levels = Levels.load()
        self.assert_by_index(lambda: count_day(today() - timedelta(days=100), levels), "day")

    def test_which_days_there_are_is_known_from_an_index(self) -> None:
        self.assert_by_index(tallying.all_days, "days")

    def test_the_overview_and_what_needs_attention_go_by_indexes(self) -> None:
        client = Client()
        client.force_login(self.user, backend=BACKEND)
        team = Team.objects.first()
        assert team
        list(tallying.count_again(last_days(30)))
        assert DayTally.objects.count() == 30
        for query in ("", "?days=7", f"?days=90&team={team.pk}"):
            with self.subTest(query=query):
                self.assert_by_index(lambda query=query: client.get(f"/admin/{query}"), query)  # type: ignore[misc]
        AssignmentRule.objects.filter(is_catch_all=False).update(enabled=True)
        cache.clear()
        self.assert_by_index(lambda: needs_attention(self.user), "attention")

    def test_the_lists_that_figures_lead_to_go_by_indexes(self) -> None:
        client = Client()
        client.force_login(self.user, backend=BACKEND)
        since = (today() - timedelta(days=6)).isoformat()
        came = f"kind=work&first_touch_at_from_0={since}&first_touch_at_to_0={today()}"
        made = f"kind=work&created_at_from_0={since}&created_at_to_0={today()}"
        for path, query in (
            *(("lead", f"{came}&{more}") for more in ("", "action=PLT", "stage__exact=won", "answer=late", "team=-")),
            *(("delivery", f"{made}&{more}") for more in ("state__in=delivered", "state__in=failed", "team=1,2")),
        ):
            address = f"/admin/leads/{path}/?{query}"
            with self.subTest(address):
                self.assert_by_index(lambda address=address: client.get(address), address)  # type: ignore[misc]
