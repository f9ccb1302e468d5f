"""The first steps tick themselves off until a lead came the whole way; they can be hidden, and brought back."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from pytest_django.fixtures import Settings

from leads import demo_data
from leads.models import FirstRun
from leads.roles import OPS, SALES, SALES_LEAD
from leads.sample_leads import USER_AGENT
from leads.states import InboundState
from tests.factories import make_destination, make_endpoint, make_inbound, make_lead, make_secret, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, page_of

pytestmark = pytest.mark.django_db

STEPS = [
    "Make an endpoint",
    "Paste its address into Partner Center",
    "Press “Validate” there",
    "Publish the offer again",
    "Invite colleagues",
    "Connect a CRM",
    "See a lead arrive there",
]


def ticked(client: Client) -> list[bool]:
    return [step.done for step in client.get("/admin/?steps=1").context["steps"]]


def posted(*, is_test: bool = False, **values: Any) -> Any:
    """A lead that the marketplace posted."""
    endpoint = make_endpoint()
    secret = make_secret(endpoint)
    request = make_inbound(endpoint=endpoint, state=InboundState.ACCEPTED, **{"secret": secret} | values)
    return make_touch(make_lead(is_test=is_test), inbound_request=request, is_test=is_test)


def test_each_step_says_how_and_where(owner: Client) -> None:
    page = owner.get("/admin/")
    assert [str(step.text) for step in page.context["steps"]] == STEPS
    for step in page.context["steps"]:
        assert escape(step.how) in page.text
        assert 1 <= str(step.how).count(". ") + 1 <= 2
        assert owner.get(step.link).status_code == 200


def test_the_steps_are_ticked_off_and_then_gone(owner: Client) -> None:
    assert ticked(owner) == [False] * 7
    make_secret()
    assert ticked(owner) == [True] + [False] * 6
    posted(is_test=True)
    assert ticked(owner) == [True] * 3 + [False] * 4
    posted()
    assert ticked(owner) == [True] * 4 + [False] * 3
    make_user()
    destination = make_destination()
    assert ticked(owner) == [True] * 6 + [False]
    destination.gate.last_success_at = timezone.now()
    destination.gate.save()
    assert "steps" not in owner.get("/admin/").context
    page = owner.get("/admin/?steps=1").text
    assert "Everything is set up." in page
    assert "every 4s" not in page


@pytest.mark.parametrize("values", [{"user_agent": USER_AGENT}, {"secret": None}])
@pytest.mark.parametrize("is_test", [True, False])
def test_samples_and_what_was_not_posted_prove_nothing(owner: Client, values: dict[str, Any], is_test: bool) -> None:
    posted(is_test=is_test, **values)
    assert ticked(owner)[1:4] == [False, False, False]


def test_the_test_lead_of_partner_center_is_shown(owner: Client) -> None:
    touch = posted(is_test=True)
    page = owner.get("/admin/").text
    assert f'<a href="{page_of(touch.lead)}"><span class="lc-pill lc-good" title="">It arrived: see it</span>' in page


def test_the_address_to_paste_can_be_copied_until_it_was_used(owner: Client) -> None:
    secret = make_secret()
    assert f'data-copy="{secret.url}"' in owner.get("/admin/").text
    posted(is_test=True)
    assert "data-copy" not in owner.get("/admin/").text


def test_the_sandbox_is_no_crm(owner: Client, settings: Settings) -> None:
    settings.LEADCRM_SANDBOX_URL = "http://127.0.0.1:8001"
    sandbox = make_destination(settings={"url": "http://127.0.0.1:8001/hook"})
    sandbox.gate.last_success_at = timezone.now()
    sandbox.gate.save()
    assert ticked(owner)[5:] == [False, False]
    make_destination(settings={"url": "https://crm.example.com/"})
    assert ticked(owner)[5:] == [True, False]


def test_the_page_asks_again_and_gets_an_answer_only_when_something_changed(owner: Client) -> None:
    page = owner.get("/admin/").text
    asks = f'hx-get="{address_of("leads_first_steps")}?known=0000000" hx-trigger="every 4s"'
    assert asks in page
    assert owner.get(address_of("leads_first_steps"), {"known": "0000000"}).status_code == 204
    posted(is_test=True)
    answer = owner.get(address_of("leads_first_steps"), {"known": "0000000"})
    assert answer.status_code == 200
    assert "known=1110000" in answer.text


def test_the_steps_can_be_hidden_and_brought_back(owner: Client) -> None:
    assert "Show the first steps" not in owner.get("/admin/").text
    owner.post(address_of("leads_first_steps"), {"show": "0"})
    hidden = owner.get("/admin/")
    assert "steps" not in hidden.context
    assert "Show the first steps" in hidden.text
    answer = owner.post(address_of("leads_first_steps"), {"show": "1"}, follow=True)
    assert "First steps" in answer.text
    assert "steps" in owner.get("/admin/").context
    assert FirstRun.objects.count() == 1


@pytest.mark.parametrize("group", [SALES, SALES_LEAD, OPS])
def test_the_first_steps_are_for_who_can_take_them(enter: Enter, group: str) -> None:
    client = enter(group)
    assert "First steps" not in client.get("/admin/?steps=1", follow=True).text
    assert client.post(address_of("leads_first_steps"), {"show": "0"}).status_code == 403
    assert not FirstRun.objects.exists()


def test_looking_at_the_page_writes_nothing(owner: Client) -> None:
    owner.get("/admin/?steps=1")
    owner.get(address_of("leads_first_steps"))
    assert not FirstRun.objects.exists()


def test_endpoints_that_nobody_posts_to_are_no_step(owner: Client) -> None:
    make_endpoint(is_for_files=True)
    demo_data.switch_on(make_user())
    assert ticked(owner)[0] is False
