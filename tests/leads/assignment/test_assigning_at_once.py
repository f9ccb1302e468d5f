"""Workers at the same time: every lead is given once, and every turn is taken once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from leads.assignment import alarms
from leads.assignment.assigning import assign_waiting
from leads.models import Change, Edit, Lead
from leads.roles import SALES
from tests.factories import make_assignment_rule, make_lead, make_service_level, make_user
from tests.leads.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, LEADS, WORKERS = 3, 60, 4


def test_turns_are_fair_whoever_gives_the_leads() -> None:
    people = [make_user(SALES) for _n in range(PEOPLE)]
    rule = make_assignment_rule(*people)
    for _n in range(LEADS):
        make_lead(needs_assignment=True, opened_at=timezone.now())

    def work() -> int:
        given = 0
        while Lead.objects.filter(needs_assignment=True).exists():
            given += len(assign_waiting(limit=7).leads)
        return given

    assert sum(at_once([work] * WORKERS)) == LEADS
    assert Counter(Lead.objects.values_list("owner", flat=True)) == {user.pk: LEADS // PEOPLE for user in people}
    assert Change.objects.filter(field="owner_id").count() == LEADS
    rule.refresh_from_db()
    assert rule.last_given_to in people


def test_an_alarm_that_two_workers_see_rings_once() -> None:
    people = [make_user(SALES) for _n in range(PEOPLE)]
    make_assignment_rule(*people)
    make_service_level(warn_at=None, tell_at=None, hand_on_at=10)
    past = timezone.now() - timedelta(hours=3)
    leads = [make_lead(owner=people[0], opened_at=past, answer_by=past, alarm_at=past) for _n in range(20)]
    ids = [lead.id for lead in leads]
    rung = [alarm.lead_id for some in at_once([lambda: alarms.ring(ids)] * WORKERS) for alarm in some]
    assert sorted(rung) == sorted(ids)
    assert set(Lead.objects.values_list("alarms", flat=True)) == {1}
    assert Counter(Lead.objects.values_list("owner", flat=True)) == {people[1].pk: 10, people[2].pk: 10}
    assert Edit.objects.filter(cause="clock", changes__field="owner_id").count() == 20
