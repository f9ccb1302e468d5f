"""The page of a destination's credentials: enter new ones, which are tested before the old ones go."""

from datetime import date
from typing import Any

import pytest
from django.test import Client, override_settings

from integrations.registry import KINDS
from leads import tasks
from leads.models import Credential, Destination, Proof
from leads.roles import SALES, SALES_LEAD
from tests.factories import make_destination
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import OTHER_KEY, address_of, page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import links_on, messages_of
from tests.leads.delivery.asked import work_off
from tests.leads.delivery.keyed import FITS, KIND, OLD, make_keyed

pytestmark = pytest.mark.django_db


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> Destination:
    monkeypatch.setitem(KINDS, "keyed", KIND)
    return make_keyed(name="CRM")


def address(destination: Destination) -> str:
    return address_of("leads_destination_credentials", destination.pk)


def renew(client: Client, destination: Destination, **posted: str) -> Any:
    return client.post(address(destination), posted, follow=True)


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["form"].errors)


def test_the_page_asks_for_what_is_set_and_shows_none_of_it(ops: Client, keyed: Destination) -> None:
    page = ops.get(address(keyed))
    assert list(page.context["form"].fields) == ["key", "key_ends_on"]
    assert OLD not in page.text
    assert "autofocus" in page.text
    assert links_on(ops.get(page_of(keyed)), "Credentials") == [address(keyed)]


def test_new_credentials_are_tested_and_then_used(
    ops: Client, keyed: Destination, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = renew(ops, keyed, key=FITS, key_ends_on="2027-01-31")
    assert messages_of(answer) == [
        "Being tested. The old ones are used until the new ones have passed; the result appears below."
    ]
    assert hinted == ["prove_destinations"]
    assert "A worker takes it in a moment." in answer.text
    assert Destination.objects.get().read_secrets() == {"key": OLD}
    assert [text for _who, _row, text in log()] == ["New credentials entered. They are kept if they pass a test."]
    work_off()
    assert Destination.objects.get().read_secrets() == {"key": FITS}
    assert "They are in use now." in ops.get(page_of(keyed)).text


def test_the_day_on_which_a_new_key_ends_is_followed(
    ops: Client, keyed: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.deliver_batch, "delay", lambda destination_id: None)
    renew(ops, keyed, key=FITS, key_ends_on="2027-01-31")
    tasks.prove.run(Proof.objects.get().pk)
    assert Credential.objects.get().ends_on == date(2027, 1, 31)


def test_credentials_that_fail_their_test_are_not_kept_and_the_page_says_so(ops: Client, keyed: Destination) -> None:
    renew(ops, keyed, key="wrong")
    work_off()
    assert Destination.objects.get().read_secrets() == {"key": OLD}
    assert "Not kept: the credentials from before stay in use." in ops.get(page_of(keyed)).text


def test_with_a_new_key_the_day_on_which_the_old_one_ends_is_forgotten(
    ops: Client, keyed: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    Credential.objects.create(destination=keyed, name="key", ends_on=date(2026, 1, 31))
    monkeypatch.setattr(tasks.deliver_batch, "delay", lambda destination_id: None)
    renew(ops, keyed, key=FITS)
    tasks.prove.run(Proof.objects.get().pk)
    assert Destination.objects.get().settings["key_ends_on"] is None
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    ("posted", "field", "text"),
    [
        ({}, "__all__", "Enter what is new. What is left empty stays as it is."),
        ({"key": OLD}, "__all__", "Enter what is new. What is left empty stays as it is."),
        ({"key": "x" * 41}, "key", "Ensure this value has at most 40 characters (it has 41)."),
        ({"key": FITS, "key_ends_on": "soon"}, "key_ends_on", "Enter a valid date."),
    ],
)
def test_what_cannot_be_tested_is_refused_at_once(
    ops: Client, keyed: Destination, posted: dict[str, str], field: str, text: str
) -> None:
    before = all_rows()
    answer = renew(ops, keyed, **posted)
    assert errors(answer) == {field: [text]}
    assert all_rows() == before
    assert posted.get("key") is None or posted["key"] not in answer.text


def test_a_second_one_waits_for_the_first(ops: Client, keyed: Destination) -> None:
    renew(ops, keyed, key=FITS)
    answer = renew(ops, keyed, key="another")
    assert messages_of(answer) == ["Others are being tested already. Try again in a minute."]
    work_off()
    assert Destination.objects.get().read_secrets() == {"key": FITS}


def test_where_the_stored_ones_cannot_be_read_all_are_asked_for(ops: Client, keyed: Destination) -> None:
    with override_settings(LEADCRM_FIELD_KEYS=[OTHER_KEY]):
        assert list(ops.get(address(keyed)).context["form"].fields) == ["key", "key_ends_on"]


def test_where_none_is_set_there_is_nothing_to_renew(ops: Client) -> None:
    destination = make_destination(settings={"url": "https://crm.example.com/", "sign_in": "none", "signed": False})
    assert "It is opened without any." in ops.get(address(destination)).text
    assert links_on(ops.get(page_of(destination)), "Credentials") == []


@pytest.mark.parametrize("group", [SALES, SALES_LEAD])
def test_only_who_looks_after_destinations_may_renew(enter: Enter, keyed: Destination, group: str) -> None:
    client, before = enter(group), all_rows()
    assert client.post(address(keyed), {"key": FITS}).status_code == 403
    assert all_rows()["leads.Proof"] == before["leads.Proof"]
    assert links_on(client.get(page_of(keyed)), "Credentials") == []


def test_a_kind_that_is_gone_leads_back(ops: Client) -> None:
    destination = make_destination("telex")
    assert ops.get(address(destination)).headers["Location"] == page_of(destination)
