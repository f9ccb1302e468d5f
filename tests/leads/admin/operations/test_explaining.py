"""A message pasted from a mail or a portal is explained."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from integrations.diagnosis import diagnose

ADDRESS = "/admin/leads/destination/explain/"


def test_a_known_message_gets_meaning_and_remedy(ops: Client) -> None:
    assert reverse("admin:leads_destination_explain") == ADDRESS
    message = "Could not save the lead to Dynamics CRM using AAD.\nException:: Tenant '5a5a' not found. This instance"
    page = ops.post(ADDRESS, {"message": message})
    assert str(page.context["found"].meaning) == str(diagnose("entra_tenant_unknown").meaning)
    assert str(page.context["found"].meaning) in page.content.decode()


def test_an_unknown_message_is_said_to_be(ops: Client) -> None:
    page = ops.post(ADDRESS, {"message": "<b>Something else</b>"})
    assert page.context["found"] is None
    assert "This message is not known here." in page.content.decode()
    assert "<b>Something else</b>" not in page.content.decode()


@pytest.mark.parametrize("message", ["", "x" * 20_001])
def test_nothing_or_far_too_much_is_answered_beside_the_field(ops: Client, message: str) -> None:
    page = ops.post(ADDRESS, {"message": message})
    assert page.status_code == 200
    assert page.context["form"].errors["message"]


def test_what_may_be_wrong_without_a_message_is_listed(ops: Client) -> None:
    page = ops.get(ADDRESS).content.decode()
    assert str(diagnose("salesforce_nothing_arrives").meaning) in page
    assert escape(str(diagnose("azure_blob_withdrawn").meaning)) in page


def test_only_who_operates_destinations_may_ask(sales: Client) -> None:
    assert sales.get(ADDRESS).status_code == 403
