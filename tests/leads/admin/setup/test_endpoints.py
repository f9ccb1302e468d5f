"""Endpoints: the address to paste into Partner Center, its rotation, and who may see it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from leads.models import Endpoint, EndpointSecret
from leads.roles import OPS, OWNER
from tests.factories import make_endpoint, make_inbound, make_offer, make_secret, text_of
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import OTHER_KEY, address_of, button_of, page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import messages_of, pills_on

pytestmark = pytest.mark.django_db


def addresses_on(page: Any) -> list[str]:
    return re.findall(r'<input type="text" readonly value="([^"]*)"', page.text)


def valid_ids() -> list[int]:
    return list(EndpointSecret.objects.valid().order_by("pk").values_list("pk", flat=True))


def test_a_new_endpoint_has_an_address_to_copy_at_once(owner: Client) -> None:
    offer = make_offer()
    answer = owner.post(
        address_of("leads_endpoint_add"), {"name": "Firewall", "offer": offer.pk, "enabled": "on"}, follow=True
    )
    endpoint = Endpoint.objects.get()
    assert (endpoint.name, endpoint.offer, endpoint.enabled) == ("Firewall", offer, True)
    assert answer.redirect_chain == [(page_of(endpoint), 302)]
    url = f"https://leads.example.com/webhooks/{text_of(endpoint.secrets.get())}"
    assert addresses_on(answer) == [url]
    assert f'data-copy="{url}"' in answer.text
    assert "Choose “HTTPS Endpoint” as lead destination" in answer.text


def test_changing_the_name_makes_no_further_address(owner: Client) -> None:
    endpoint = make_secret().endpoint
    owner.post(page_of(endpoint), {"name": "Renamed", "enabled": "on"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.secrets.count()) == ("Renamed", 1)


def test_rotation_makes_a_second_address_and_keeps_the_first(owner: Client) -> None:
    first = make_secret()
    answer = owner.post(button_of(first.endpoint, "rotate"), follow=True)
    assert valid_ids() == [first.pk, EndpointSecret.objects.latest("pk").pk]
    assert len(addresses_on(answer)) == 2
    assert first.url in addresses_on(answer)
    assert messages_of(answer) == ["A second address is valid now. Paste it into Partner Center and publish the offer."]
    assert "Make a new address" not in answer.text


def test_a_third_address_is_refused(owner: Client) -> None:
    endpoint = make_secret().endpoint
    make_secret(endpoint, EndpointSecret.SECOND)
    answer = owner.post(button_of(endpoint, "rotate"), follow=True)
    assert endpoint.secrets.count() == 2
    assert messages_of(answer) == ["Two addresses are valid already. Revoke the one that is no longer used."]


def test_a_revoked_address_is_gone_and_the_other_stays(owner: Client) -> None:
    first = make_secret()
    second = make_secret(first.endpoint, EndpointSecret.SECOND)
    answer = owner.post(button_of(first.endpoint, "revoke"), {"secret": first.pk}, follow=True)
    assert valid_ids() == [second.pk]
    assert addresses_on(answer) == [second.url]
    assert messages_of(answer) == ["The address is revoked."]


def test_without_a_valid_address_the_page_says_that_nothing_arrives(owner: Client) -> None:
    secret = make_secret()
    answer = owner.post(button_of(secret.endpoint, "revoke"), {"secret": secret.pk}, follow=True)
    assert "No address is valid: nothing can arrive here. Make a new one." in answer.text
    assert "Make a new address" in answer.text


@pytest.mark.parametrize("named", ["", "x", "-1", "99999999999999999999", "9" * 5000, "1 OR 1=1", "٣", "²", "\0"])
def test_an_address_that_is_none_is_not_revoked(owner: Client, named: str) -> None:
    secret = make_secret()
    answer = owner.post(button_of(secret.endpoint, "revoke"), {"secret": named}, follow=True)
    assert valid_ids() == [secret.pk]
    assert messages_of(answer) == ["That address was revoked already."]


def test_an_address_of_another_endpoint_is_not_revoked(owner: Client) -> None:
    ours, theirs = make_secret(), make_secret()
    owner.post(button_of(ours.endpoint, "revoke"), {"secret": theirs.pk})
    assert valid_ids() == sorted([ours.pk, theirs.pk])


def test_ops_see_that_there_is_an_address_but_not_which(ops: Client) -> None:
    secret = make_secret()
    page = ops.get(page_of(secret.endpoint))
    assert text_of(secret) not in page.text
    assert "/webhooks/" not in page.text
    assert "The address is a secret; whoever sets up endpoints can see it." in page.text


@pytest.mark.parametrize("group", [OPS, OWNER])
def test_no_other_page_shows_the_address(enter: Enter, group: str) -> None:
    """But for the first steps, which tell who sets it up to paste it."""
    secret = make_secret()
    make_inbound(endpoint=secret.endpoint, secret=secret)
    client = enter(group)
    for address in (
        *([address_of("index")] if group == OPS else []),
        address_of("leads_endpoint_changelist"),
        address_of("leads_inboundrequest_changelist"),
        page_of(secret.endpoint).replace("change", "history"),
        page_of(secret.endpoint.inbound_requests.get()),
    ):
        assert text_of(secret) not in client.get(address).text


def test_the_log_holds_no_address(owner: Client) -> None:
    secret = make_secret()
    owner.post(button_of(secret.endpoint, "rotate"))
    owner.post(button_of(secret.endpoint, "revoke"), {"secret": secret.pk})
    assert [text for _who, _row, text in log()] == ["New address made.", "Address revoked."]
    written = str(all_rows()["admin.LogEntry"])
    assert not any(text_of(made) in written for made in EndpointSecret.objects.all())


def test_an_address_whose_key_is_gone_is_not_shown_but_can_be_replaced(owner: Client) -> None:
    secret = make_secret()
    with override_settings(LEADCRM_FIELD_KEYS=[OTHER_KEY]):
        page = owner.get(page_of(secret.endpoint))
        assert addresses_on(page) == []
        assert "This address cannot be shown" in page.text
        assert len(addresses_on(owner.post(button_of(secret.endpoint, "rotate"), follow=True))) == 1


def test_an_endpoint_at_which_something_was_posted_cannot_be_deleted(owner: Client) -> None:
    inbound = make_inbound()
    assert owner.get(page_of(inbound.endpoint).replace("change", "delete")).status_code == 403
    assert Endpoint.objects.filter(pk=inbound.endpoint_id).exists()


def test_an_unused_endpoint_is_deleted_with_its_addresses(owner: Client) -> None:
    secret = make_secret()
    owner.post(page_of(secret.endpoint).replace("change", "delete"), {"post": "yes"})
    assert (Endpoint.objects.count(), EndpointSecret.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("values", "light"),
    [
        ({}, "Nothing came yet"),
        ({"last_lead_at": timezone.now()}, "Receiving"),
        ({"last_test_lead_at": timezone.now()}, "Receiving"),
        ({"last_lead_at": timezone.now(), "enabled": False}, "Disabled"),
    ],
)
def test_the_list_says_whether_leads_come_in(ops: Client, values: dict[str, Any], light: str) -> None:
    endpoint = make_endpoint(**values)
    make_secret(endpoint)
    assert pills_on(ops.get(address_of("leads_endpoint_changelist"))) == [light]
