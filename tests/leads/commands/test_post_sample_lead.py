import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from integrations.sandbox.receiver import Receiver
from leads.marketplace.samples import NAMES, body_of
from leads.models import EndpointSecret, InboundRequest
from leads.sample_leads import USER_AGENT
from leads.states import InboundState
from tests.factories import make_endpoint, make_secret, text_of
from tests.leads.commands.conftest import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(live_server: LiveServer, settings: Any) -> EndpointSecret:
    """Of the first endpoint of an installation that runs."""
    settings.LEADCRM_PUBLIC_URL = live_server.url
    return make_secret()


def receiver_got(receiver: Receiver) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = receiver.control("requests")["requests"]
    return requests


def test_a_sample_goes_to_the_first_endpoint_of_this_installation(
    run: Run, secret: EndpointSecret, live_server: LiveServer
) -> None:
    ran = run("post_sample_lead", "a_documented")
    kept = InboundRequest.objects.get()
    assert bytes(kept.body) == body_of("a_documented")
    assert (kept.endpoint_id, kept.secret, kept.content_type) == (secret.endpoint_id, secret, "application/json")
    assert kept.user_agent == USER_AGENT
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (f"200 accepted {kept.id}\n    {live_server.url}/admin/leads/inboundrequest/{kept.id}/change/\n")


def test_a_refused_sample_says_why_and_where_to_see_it(run: Run, secret: EndpointSecret) -> None:
    ran = run("post_sample_lead", "cut_off")
    kept = InboundRequest.objects.get()
    assert kept.state == InboundState.REJECTED
    assert ran.code == 1
    assert ran.out.startswith(f"400 rejected {kept.id} The body is not valid JSON: at line 2, column 10")
    assert f"/admin/leads/inboundrequest/{kept.id}/change/" in ran.out


def test_for_programs_everything_is_in_one_json_document_without_the_secret(
    run: Run, secret: EndpointSecret, live_server: LiveServer
) -> None:
    ran = run("post_sample_lead", "a_documented", "--count", "2", "--json")
    first, second = InboundRequest.objects.order_by("id")
    see = f"{live_server.url}/admin/leads/inboundrequest/{{}}/change/"
    assert ran.code == 0
    assert ran.json == {
        "sample": "a_documented",
        "server": live_server.url.removeprefix("http://"),
        "posts": [
            {
                "http_status": 200,
                "status": "accepted",
                "receipt": str(kept.id),
                "message": "",
                "see": see.format(kept.id),
            }
            for kept in (first, second)
        ],
    }
    assert text_of(secret) not in ran.out


def test_it_posts_to_any_other_server_and_its_first_refusal_decides(run: Run, receiver: Receiver) -> None:
    receiver.fail({"action": "respond", "status": 503})
    ran = run("post_sample_lead", "b_camel_case", "--url", receiver.hook("other"), "--count", "2")
    assert ran.code == 1
    assert ran.out == "503 (not an answer of Lead CRM)\n200 (not an answer of Lead CRM)\n"
    assert [request["path"] for request in receiver_got(receiver)] == ["/hook/other", "/hook/other"]


def test_fresh_ones_are_other_people_each_time(run: Run, secret: EndpointSecret) -> None:
    assert run("post_sample_lead", "a_documented", "--fresh", "--count", "3").code == 0
    people = [json.loads(bytes(kept.body))["UserDetails"] for kept in InboundRequest.objects.order_by("id")]
    assert len({person["Email"] for person in people}) == len({person["LastName"] for person in people}) == 3
    for person in people:
        assert re.fullmatch(r"mina\.park\+[0-9a-f]{8}@fabrikam\.example", person["Email"])


@pytest.mark.parametrize("words", [[], ["nobody"]])
def test_without_a_known_name_the_names_are_listed(run: Run, words: list[str]) -> None:
    ran = run("post_sample_lead", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[1:] == [f"  {name}" for name in NAMES]


def test_what_holds_nobody_cannot_be_fresh(run: Run, receiver: Receiver) -> None:
    ran = run("post_sample_lead", "cut_off", "--fresh", "--url", receiver.hook())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "cut_off: nobody can be found in it, so leave out --fresh."
    assert receiver_got(receiver) == []


@pytest.mark.parametrize("count", ["0", "-1", "10001"])
def test_a_count_out_of_range_is_named(run: Run, count: str) -> None:
    ran = run("post_sample_lead", "a_documented", "--count", count)
    assert (ran.code, ran.err) == (2, "--count: give a number from 1 to 10000.")


def test_a_server_that_is_not_there_is_named_without_the_secret(run: Run, receiver: Receiver) -> None:
    receiver.stop()
    url = receiver.hook("the-secret")
    ran = run("post_sample_lead", "a_documented", "--url", url)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        f"{receiver.url.removeprefix('http://')}: Could not connect to the server. Nothing was sent. "
        "Start it with “make run”, or give another --url."
    )


@pytest.mark.parametrize("url", ["leads.example.com/webhooks/x", "ftp://leads.example.com/x", "http://127.0.0.1:25/x"])
def test_a_url_nobody_can_post_to_is_wrong_usage(run: Run, url: str) -> None:
    ran = run("post_sample_lead", "a_documented", "--url", url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("--url: ")


def test_without_a_valid_address_the_remedy_is_said(run: Run) -> None:
    secret = make_secret()
    EndpointSecret.objects.filter(pk=secret.pk).update(revoked_at=timezone.now() - timedelta(days=1))
    make_secret(make_endpoint(enabled=False))
    ran = run("post_sample_lead", "a_documented")
    assert (ran.code, ran.err) == (2, "No endpoint has a valid address: make one in the admin, or give --url.")


def test_a_secret_whose_key_is_gone_is_one_line(run: Run) -> None:
    secret = make_secret()
    EndpointSecret.objects.filter(pk=secret.pk).update(encrypted_secret="gone")
    ran = run("post_sample_lead", "a_documented")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "A stored secret cannot be read: put the key that encrypted it back into LEADCRM_FIELD_KEYS."
