"""Saving a destination keeps the day on which its credential ends, and people are told of it in time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.core import mail
from django.test import Client
from django.utils.formats import date_format

from integrations.registry import KINDS, connector_class
from leads.models import Credential, Destination, Notice
from leads.notices import credentials, sending
from leads.roles import OWNER
from tests.factories import make_user
from tests.integrations.signing_certificates import pair
from tests.leads.admin.places import address_of, page_of
from tests.leads.admin.shown import errors_of
from tests.leads.destinations.sentinels import SENTINELS
from tests.leads.destinations.world import entered

pytestmark = pytest.mark.django_db

ON = date(2027, 4, 30)
LATER = date(2028, 1, 31)
WITHOUT_ENDS = ("https", "salesforce", "salesforce_web_to_lead", "marketo_form", "hubspot")
ADDRESS = "http://127.0.0.1:9009"


class Ending(NamedTuple):
    """``typed`` makes what is entered of the day; ``name`` is the field of the credential, ``label`` its name for
    people."""

    kind: str
    typed: Callable[[date], dict[str, Any]]
    name: str
    label: str


def midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def like(sentinel: str, **typed: Callable[[date], Any]) -> Callable[[date], dict[str, Any]]:
    """Its settings, with these made of the day."""
    usual = SENTINELS[sentinel].typed(ADDRESS)
    return lambda on: usual | {name: value(on) for name, value in typed.items()}


def with_sas(sentinel: str) -> Callable[[date], dict[str, Any]]:
    usual = SENTINELS[sentinel].typed(ADDRESS)
    return lambda on: usual | {"connection": usual["connection"].replace("se=2099-01-01", f"se={on}T23:00:00Z")}


SAS, SECRET = "Connection string or SAS URL", "Client secret"
ENDINGS: dict[str, Ending] = {
    "dynamics365, client secret": Ending(
        "dynamics365", like("dynamics365, secret", client_secret_ends_on=str), "client_secret", SECRET
    ),
    "dynamics365, certificate": Ending(
        "dynamics365",
        like("dynamics365, certificate", certificate=lambda on: pair(7, midnight(on)).both),
        "certificate",
        "Certificate with private key",
    ),
    "marketo, API user": Ending(
        "marketo", like("marketo", access_ends_on=str), "access_ends_on", "Access of the API user ends on"
    ),
    "azure_table, SAS": Ending("azure_table", with_sas("azure_table, SAS"), "connection", SAS),
    "azure_blob, SAS": Ending("azure_blob", with_sas("azure_blob, SAS"), "connection", SAS),
    **{
        f"{kind}, client secret": Ending(
            kind, like(f"{kind}, application", client_secret_ends_on=str), "client_secret", SECRET
        )
        for kind in ("azure_table", "azure_blob")
    },
}


@pytest.fixture(params=ENDINGS)
def ending(request: pytest.FixtureRequest) -> Ending:
    return ENDINGS[request.param]


def add(owner: Client, kind: str, typed: dict[str, Any]) -> Destination:
    answer = owner.post(f"{address_of('leads_destination_add')}?kind={kind}", entered(kind, typed, name="CRM"))
    assert answer.status_code == 302, errors_of(answer)
    return Destination.objects.get()


def change(owner: Client, destination: Destination, typed: dict[str, Any]) -> None:
    answer = owner.post(page_of(destination), entered(destination.kind, typed, name="CRM"))
    assert answer.status_code == 302, errors_of(answer)


def kept() -> list[tuple[str, date, int | None]]:
    return list(Credential.objects.values_list("name", "ends_on", "warned"))


def test_saving_keeps_the_day(owner: Client, ending: Ending) -> None:
    add(owner, ending.kind, ending.typed(ON))
    assert kept() == [(ending.name, ON, None)]


def test_a_new_credential_brings_its_own_day_which_is_told_of_anew(owner: Client, ending: Ending) -> None:
    destination = add(owner, ending.kind, ending.typed(ON))
    assert credentials.warn(ON - timedelta(days=7)) == 1
    assert kept() == [(ending.name, ON, 7)]
    change(owner, destination, ending.typed(LATER))
    assert kept() == [(ending.name, LATER, None)]


def test_a_change_of_something_else_keeps_the_day_and_what_was_told(owner: Client, ending: Ending) -> None:
    destination = add(owner, ending.kind, ending.typed(ON))
    credentials.warn(ON - timedelta(days=7))
    secret_names = connector_class(ending.kind).Config.secret_names()
    change(owner, destination, {n: value for n, value in ending.typed(ON).items() if n not in secret_names})
    assert kept() == [(ending.name, ON, 7)]


def test_people_are_told_in_words_before_it_ends(owner: Client, ending: Ending, settings: Any) -> None:
    settings.LEADCRM_SENDS_MAIL = True
    make_user(OWNER, email="owner@contoso.example")
    destination = add(owner, ending.kind, ending.typed(ON))
    assert [credentials.warn(ON - timedelta(days=days)) for days in (31, 30, 29, 7, 1, 0)] == [0, 1, 0, 1, 1, 1]
    assert sending.send_waiting() == 4
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        assert f"“{ending.label}” of the destination “CRM” ends on {date_format(ON, 'DATE_FORMAT')}." in message.body
        assert page_of(destination) in message.body
    page = owner.get(page_of(Notice.objects.latest("id"))).text
    assert f"“{ending.label}” of the destination “CRM”" in page


def test_a_credential_that_ends_soon_is_shown_with_its_destination(owner: Client, ending: Ending) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=5)
    destination = add(owner, ending.kind, ending.typed(soon))
    assert [label for label, _how_soon, _on in owner.get(page_of(destination)).context["credential_ends"]] == [
        ending.label
    ]


def test_another_way_to_sign_in_takes_its_end_with_it(owner: Client) -> None:
    by_secret, by_certificate = ENDINGS["dynamics365, client secret"], ENDINGS["dynamics365, certificate"]
    destination = add(owner, "dynamics365", by_certificate.typed(ON))
    change(owner, destination, by_secret.typed(LATER))
    assert kept() == [("client_secret", LATER, None)]
    change(owner, destination, by_secret.typed(LATER) | {"client_secret_ends_on": ""})
    assert kept() == []


@pytest.mark.parametrize("name", [name for name, one in SENTINELS.items() if one.kind in WITHOUT_ENDS])
def test_where_no_end_is_known_none_is_kept(owner: Client, name: str) -> None:
    add(owner, SENTINELS[name].kind, SENTINELS[name].typed(ADDRESS))
    assert kept() == []


def test_every_kind_has_its_say_here() -> None:
    kinds = {kind for kind in KINDS if not kind.startswith("scripted")}
    assert kinds == {ending.kind for ending in ENDINGS.values()} | set(WITHOUT_ENDS)
