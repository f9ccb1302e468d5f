"""Inbound requests: what was posted, and what became of it."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from leads.models import InboundRequest
from leads.states import DeliveryState, InboundState
from tests.factories import make_delivery, make_endpoint, make_inbound, make_lead, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import button_of, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import buttons_on, messages_of

pytestmark = pytest.mark.django_db

REQUESTS = "/admin/leads/inboundrequest/"
REJECTED = {"state": InboundState.REJECTED, "reason": "empty"}


def body_on(answer: Any) -> str:
    found = re.search(r'<pre class="lc-pre">(.*?)</pre>', answer.text, re.DOTALL)
    assert found is not None
    return found[1]


def listed(client: Client, query: str) -> set[InboundRequest]:
    return set(client.get(f"{REQUESTS}{query}").context["cl"].result_list)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":1}', "{\n  &quot;a&quot;: 1\n}"),
        (b"\xef\xbb\xbf[]", "[]"),
        ('{"a":"한"}'.encode("utf-16"), "{\n  &quot;a&quot;: &quot;한&quot;\n}"),
        (b"a=b&c=<d>", "a=b&amp;c=&lt;d&gt;"),
        (b"\xff\xfe\xfd", "ff fe fd"),
        (b"\x00\x01\x02", "00 01 02"),
        (b"", "(empty)"),
        (b"{" * 3, "{{{"),
    ],
)
def test_the_body_is_shown_as_it_came(ops: Client, body: bytes, shown: str) -> None:
    assert body_on(ops.get(page_of(make_inbound(body, **REJECTED)))) == shown


@pytest.mark.parametrize("body", [b"[" * 100_000, bytes(range(256)) * 200, b'{"a":' * 20_000, b"\n" * 50_000])
def test_a_body_that_is_long_and_broken_has_a_page(ops: Client, body: bytes) -> None:
    assert ops.get(page_of(make_inbound(body, **REJECTED))).status_code == 200


def test_the_page_says_why_it_could_not_be_read(ops: Client) -> None:
    reason = {"reason": "not_json", "reason_params": {"line": 3, "column": 14, "reason": "comma_missing"}}
    inbound = make_inbound(b"{", state=InboundState.REJECTED, **reason)
    for page in (page_of(inbound), REQUESTS):
        assert "at line 3, column 14, a comma is missing before this place" in ops.get(page).text


def test_the_page_says_that_only_the_first_part_was_kept(ops: Client) -> None:
    inbound = make_inbound(
        b"{" * 100,
        body_size=9_000_000,
        state=InboundState.REJECTED,
        reason="too_large",
        reason_params={"size": 9_000_000, "limit": 1_048_576},
    )
    answer = ops.get(page_of(inbound))
    assert "only the first part was kept" in answer.text
    assert "8.6\xa0MB" in answer.text
    assert buttons_on(answer) == []


def test_the_page_leads_to_what_became_of_it(ops: Client) -> None:
    touch = make_touch(make_lead(first_name="Otto", last_name="Open"))
    InboundRequest.objects.update(state=InboundState.ACCEPTED)
    delivery = make_delivery(touch=touch, state=DeliveryState.FAILED)
    page = ops.get(page_of(touch.inbound_request)).text
    for shown in ("Otto Open", page_of(touch.lead), page_of(delivery), "Accepted"):
        assert shown in page


def test_a_repeat_leads_to_what_it_repeats(ops: Client) -> None:
    touch = make_touch()
    page = ops.get(page_of(make_inbound(state=InboundState.REPEAT, repeat_of=touch))).text
    assert "The same content came before, within the window for repeats." in page
    assert page_of(touch.lead) in page


def test_remarks_are_shown_as_sentences(ops: Client) -> None:
    remarks = [{"code": "element_repeats", "params": {"element": 2}}]
    inbound = make_inbound(state=InboundState.ACCEPTED, remarks=remarks)
    assert "Element 2 of the list repeats an earlier lead." in ops.get(page_of(inbound)).text


def test_one_that_could_not_be_read_waits_to_be_read_again(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    inbound = make_inbound(b"?", processed_at=timezone.now(), **REJECTED)
    assert buttons_on(ops.get(page_of(inbound))) == ["Process again"]
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.post(button_of(inbound, "read_again"), follow=True)
    inbound.refresh_from_db()
    assert (inbound.state, inbound.reason, inbound.processed_at) == (InboundState.RECEIVED, "", None)
    assert messages_of(answer) == ["It is read again. Reload the page in a moment."]
    assert [(row, text) for _who, row, text in log()] == [(str(inbound.pk), "Read again.")]
    assert hinted == ["interpret_inbound"]


@pytest.mark.parametrize("state", [InboundState.RECEIVED, InboundState.ACCEPTED, InboundState.REPEAT])
def test_one_that_was_read_is_not_read_again(ops: Client, state: InboundState) -> None:
    inbound = make_inbound(state=state)
    assert buttons_on(ops.get(page_of(inbound))) == []
    answer = ops.post(button_of(inbound, "read_again"), follow=True)
    inbound.refresh_from_db()
    assert inbound.state == state
    assert messages_of(answer) == ["Only requests that could not be read can be read again."]


def test_many_are_read_again_at_once_and_only_those_that_could_not_be_read(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    rejected = [make_inbound(b"?", **REJECTED) for _number in range(2)]
    accepted = make_inbound(state=InboundState.ACCEPTED)
    chosen = [str(inbound.pk) for inbound in [*rejected, accepted]]
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.post(REQUESTS, {"action": "process_selected_again", "_selected_action": chosen}, follow=True)
    assert set(InboundRequest.objects.filter(state=InboundState.RECEIVED)) == set(rejected)
    assert messages_of(answer) == ["2 requests are read again."]
    assert hinted == ["interpret_inbound"]


def test_the_filters_find_by_state_and_endpoint(ops: Client) -> None:
    endpoint = make_endpoint()
    rejected, waiting = make_inbound(b"?", **REJECTED), make_inbound(endpoint=endpoint)
    assert listed(ops, "?state__in=rejected") == {rejected}
    assert listed(ops, f"?endpoint__id__exact={endpoint.pk}") == {waiting}


def test_the_list_does_not_read_the_bodies(ops: Client) -> None:
    make_inbound(b"x" * 1000)
    (shown,) = ops.get(REQUESTS).context["cl"].result_list
    assert "body" in shown.get_deferred_fields()


# --- finding one, and reading many again ------------------------------------------------------------------------------


def test_requests_are_found_by_the_persons_address_with_their_repeats(ops: Client) -> None:
    touch = make_touch(make_lead(email="Mina@Fabrikam.example"))
    repeat = make_inbound(state=InboundState.REPEAT, repeat_of=touch)
    make_touch(make_lead(email="otto@fabrikam.example"))
    assert listed(ops, "?q=mina@fabrikam.EXAMPLE") == {touch.inbound_request, repeat}
    assert listed(ops, "?q=fabrikam") == set()


def test_a_request_is_found_by_its_receipt(ops: Client) -> None:
    wanted, _other = make_inbound(), make_inbound()
    assert listed(ops, f"?q={wanted.pk}") == {wanted}


def test_an_address_that_is_held_back_finds_nothing_for_who_may_not_see_it(ops: Client, owner: Client) -> None:
    touch = make_touch(make_lead(is_private=True, email="mina@uni.edu"))
    assert listed(ops, "?q=mina@uni.edu") == set()
    assert listed(owner, "?q=mina@uni.edu") == {touch.inbound_request}


def test_test_leads_are_marked_in_the_list(ops: Client) -> None:
    make_touch(is_test=True)
    make_touch()
    assert ops.get(REQUESTS).text.count(">Test lead<") == 1


def test_all_that_could_not_be_read_are_read_again(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    rejected = [make_inbound(b"?", **REJECTED) for _number in range(2)]
    large = make_inbound(b"?", state=InboundState.REJECTED, reason="too_large", reason_params={"size": 1, "limit": 1})
    accepted = make_inbound(state=InboundState.ACCEPTED)
    page = ops.get(REQUESTS)
    assert "Read all 2 again that could not be read" in page.text
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.post(f"{REQUESTS}process-again/", follow=True)
    assert messages_of(answer) == ["2 requests are read again."]
    assert hinted == ["interpret_inbound"]
    states = dict(InboundRequest.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in (*rejected, large, accepted)] == [
        InboundState.RECEIVED,
        InboundState.RECEIVED,
        InboundState.REJECTED,
        InboundState.ACCEPTED,
    ]
    assert "could not be read</button>" not in answer.text


def test_who_may_not_read_again_has_no_button_and_no_way(enter: Enter) -> None:
    viewer = make_user(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_inboundrequest"))
    client, inbound = enter(user=viewer), make_inbound(b"?", **REJECTED)
    assert "that could not be read" not in client.get(REQUESTS).text
    assert client.post(f"{REQUESTS}process-again/").status_code == 403
    inbound.refresh_from_db()
    assert inbound.state == InboundState.REJECTED
