"""Demo data goes nowhere, counts nowhere, and leaves nothing behind, whatever was done with it."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads import demo_data
from leads.assignment import assigning
from leads.delivery import resending
from leads.history.edits import By
from leads.models import DayTally, Delivery, Endpoint, FirstRun, Lead, Touch
from leads.reports import tallying
from leads.roles import OWNER
from leads.routing import load_rules, queue_deliveries
from leads.sales.activities import log, log_call
from leads.sales.owning import give
from leads.sales.queue import Tab, day_of, leads_in
from leads.states import ActivityKind, CallOutcome, DeliveryState, Stage
from tests.factories import make_destination, make_endpoint, make_lead, make_route, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of
from tests.leads.admin.rows import Rows, all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return make_user(OWNER, is_staff=True)


def rows() -> Rows:
    """Without the row that says whether there is demo data."""
    return {name: found for name, found in all_rows().items() if name not in ("leads.FirstRun", "leads.DayTally")}


def demo() -> list[Lead]:
    return list(Lead.objects.filter(pk__in=FirstRun.read().demo_leads).order_by("first_touch_at"))


def test_there_are_ten_leads_of_many_kinds_to_look_at(user: User) -> None:
    assert demo_data.switch_on(user) == 10
    leads = demo()
    assert {lead.stage for lead in leads} == set(Stage.values)
    assert {lead.owner for lead in leads} == {user, None}
    assert len({lead.country_code for lead in leads}) == 10
    assert all(lead.is_test and not lead.is_open for lead in leads)
    assert demo_data.is_on()


def test_no_real_figure_and_no_queue_holds_them(user: User) -> None:
    demo_data.switch_on(user)
    assigning.assign_waiting()
    tallying.keep_up()
    assert {json.dumps(counts) for counts in DayTally.objects.values_list("counts", flat=True)} == {"{}"}
    day = day_of(user)
    assert [list(leads_in(tab, user, day)) for tab in Tab] == [[]] * 4
    assert not Lead.objects.filter(needs_assignment=True).exists()


def test_they_go_to_no_destination_by_no_way(user: User) -> None:
    make_route(make_destination(takes_test_leads=True, takes_do_not_contact=True))
    demo_data.switch_on(user)
    assert not Delivery.objects.exists()
    queue_deliveries(list(Touch.objects.all()), load_rules())
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.WITHHELD}
    assert resending.release_withheld(Delivery.objects.all()) == 0


def test_nobody_can_post_to_their_endpoint(user: User) -> None:
    demo_data.switch_on(user)
    endpoint = Endpoint.objects.get()
    assert (endpoint.enabled, endpoint.secrets.count(), endpoint.last_lead_at) == (False, 0, None)


def test_switched_off_everything_is_as_it_was(user: User) -> None:
    make_touch(make_lead(), endpoint=make_endpoint(name="Demo data"))
    before = rows()
    demo_data.switch_on(user)
    assert rows() != before
    assert demo_data.switch_off() == 10
    assert rows() == before
    assert not demo_data.is_on()


def test_switched_off_nothing_stays_of_what_people_did_with_them(user: User) -> None:
    real, colleague = make_lead(), make_user()
    make_route(make_destination(takes_test_leads=True))
    before = rows()
    demo_data.switch_on(user)
    assigning.assign_waiting()
    first, second, third = demo()[-3:]
    log(user, first.pk, ActivityKind.NOTE, "Nice")
    log_call(user, second.pk, CallOutcome.CALL_BACK)
    give(By(user), [first.pk, second.pk, third.pk], colleague)
    queue_deliveries(list(Touch.objects.all()), load_rules())
    Lead.objects.filter(pk=third.pk).update(merged_into=first)
    demo_data.switch_off()
    assert rows() == before
    assert Lead.objects.get() == real


def test_an_edit_that_changed_real_leads_too_stays_for_these(user: User) -> None:
    real = make_lead()
    demo_data.switch_on(user)
    edit = give(By(user), [real.pk, demo()[0].pk], make_user())
    demo_data.switch_off()
    assert edit
    assert [change.lead for change in edit.changes.all()] == [real, real, real][: edit.changes.count()]
    assert edit.changes.exists()


def test_a_demo_lead_that_took_in_another_test_lead_stays_with_it(user: User) -> None:
    demo_data.switch_on(user)
    lead = demo()[0]
    other = make_touch(lead, is_test=True)
    demo_data.switch_off()
    assert list(Lead.objects.all()) == [lead]
    assert list(Touch.objects.all()) == [other]
    assert not demo_data.is_on()


def test_it_is_switched_on_only_once(user: User) -> None:
    demo_data.switch_on(user)
    with pytest.raises(demo_data.DemoIsOn):
        demo_data.switch_on(user)
    assert Lead.objects.count() == 10
    demo_data.switch_off()
    assert demo_data.switch_off() == 0
    assert demo_data.switch_on(user) == 10


def test_the_overview_switches_it_on_and_off_and_says_that_it_is_on(enter: Enter, user: User) -> None:
    client: Client = enter(user=user)
    assert "Demo data is on" not in client.get("/admin/").text
    listed: Any = client.post(address_of("leads_demo"), {"on": "1"}, follow=True)
    assert listed.context["cl"].result_count == 10
    assert "10 leads to look around with." in listed.text
    assert listed.context["environment"] == ["Demo data is on", "warning"]
    page = client.get("/admin/").text
    assert "Demo data is on." in page
    assert "Put in demo data" not in page
    again = client.post(address_of("leads_demo"), {"on": "1"}, follow=True)
    assert "There is demo data already." in again.text
    gone = client.post(address_of("leads_demo"), {"on": "0"}, follow=True)
    assert "The demo data is gone: 10 leads." in gone.text
    assert "Demo data is on" not in gone.text
    assert "There was no demo data any more." in client.post(address_of("leads_demo"), {"on": "0"}, follow=True).text
