"""Two tabs, or two people, on one form: the later save does not silently undo the earlier."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from leads.models import Destination, Offer, OfferTitle, Route
from tests.factories import make_destination, make_offer, make_route, make_title
from tests.leads.admin.destinations.test_destination_form import entered
from tests.leads.admin.destinations.test_mapping import UNCHANGED, address, mapped_kind, rows  # noqa: F401 - a fixture
from tests.leads.admin.places import PAGES, address_of, destination_with_secret, page_of

pytestmark = pytest.mark.django_db

NO_TITLES = {"titles-TOTAL_FORMS": "0", "titles-INITIAL_FORMS": "0"}


def loaded(page: Any) -> dict[str, str]:
    """What the form remembers of how it was shown."""
    found = re.search(r'name="_loaded" value="([^"]+)"', page.text)
    assert found
    return {"_loaded": found[1]}


def refusal(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.context["adminform"].form.non_field_errors())


def name_offer(client: Client, offer: Offer, name: str, tab: dict[str, str]) -> Any:
    ids = {"publisher_id": offer.publisher_id, "offer_id": offer.offer_id}
    return client.post(page_of(offer), {"name": name, **ids, **NO_TITLES, **tab})


@pytest.fixture
def offer() -> Offer:
    return make_offer(name="Firewall", publisher_id="contoso", offer_id="fw")


def test_the_later_save_is_refused_and_says_who_changed_what(owner: Client, sales: Client, offer: Offer) -> None:
    first, second = loaded(owner.get(page_of(offer))), loaded(owner.get(page_of(offer)))
    assert name_offer(owner, offer, "Firewall Plus", first).status_code == 302
    answer = name_offer(owner, offer, "Firewall 2", second)
    offer.refresh_from_db()
    assert offer.name == "Firewall Plus"
    who = LogEntry.objects.get().user.get_username()
    assert refusal(answer).startswith("Not saved: this was changed while it was open here.")
    assert re.search(rf"{who}, \d+:\d\d [ap]\.m\.: Changed Name\.", refusal(answer))
    assert 'value="Firewall 2"' in answer.text


def test_saving_again_overwrites_the_other_change(owner: Client, offer: Offer) -> None:
    first, second = loaded(owner.get(page_of(offer))), loaded(owner.get(page_of(offer)))
    name_offer(owner, offer, "Firewall Plus", first)
    again = loaded(name_offer(owner, offer, "Firewall 2", second))
    assert name_offer(owner, offer, "Firewall 2", again).status_code == 302
    offer.refresh_from_db()
    assert offer.name == "Firewall 2"


def test_a_change_that_nobody_logged_is_told_all_the_same(owner: Client, offer: Offer) -> None:
    tab = loaded(owner.get(page_of(offer)))
    Offer.objects.update(name="By a program")
    assert refusal(name_offer(owner, offer, "Mine", tab)) == (
        "Not saved: this was changed while it was open here. What you entered still stands below. Save again to "
        "overwrite the other change."
    )


def test_what_was_logged_before_the_page_was_opened_is_not_told(owner: Client, offer: Offer) -> None:
    name_offer(owner, offer, "Firewall Plus", loaded(owner.get(page_of(offer))))
    LogEntry.objects.update(action_time=timezone.now() - timedelta(hours=1))
    tab = loaded(owner.get(page_of(offer)))
    Offer.objects.update(name="By a program")
    assert "Changed Name" not in refusal(name_offer(owner, offer, "Mine", tab))


def test_the_same_save_twice_is_no_conflict(owner: Client, offer: Offer) -> None:
    tab = loaded(owner.get(page_of(offer)))
    assert [name_offer(owner, offer, "Firewall 2", tab).status_code for _click in range(2)] == [302, 302]


def test_an_untouched_row_is_saved_as_ever(owner: Client, offer: Offer) -> None:
    make_offer()
    assert name_offer(owner, offer, "Firewall 2", loaded(owner.get(page_of(offer)))).status_code == 302


@pytest.mark.parametrize("nonsense", ["", "x", "2026-03-02T12:00:00+00:00", "2026 abc def", "\0"])
def test_a_form_that_remembers_nothing_readable_is_saved(owner: Client, offer: Offer, nonsense: str) -> None:
    assert name_offer(owner, offer, "Firewall 2", {"_loaded": nonsense}).status_code == 302


def test_the_settings_of_a_destination_are_guarded_too(owner: Client) -> None:
    destination = destination_with_secret()
    first, second = loaded(owner.get(page_of(destination))), loaded(owner.get(page_of(destination)))
    owner.post(page_of(destination), entered(config_url="https://new.example.com/leads") | first)
    answer = owner.post(page_of(destination), entered(calls_at_once="2") | second)
    destination.refresh_from_db()
    assert (destination.settings["url"], destination.gate.calls_at_once) == ("https://new.example.com/leads", 4)
    assert "Not saved: this was changed" in refusal(answer)


def test_calls_at_once_are_part_of_what_was_shown(owner: Client) -> None:
    destination = destination_with_secret()
    tab = loaded(owner.get(page_of(destination)))
    destination.gate.calls_at_once = 7
    destination.gate.save()
    assert "Not saved: this was changed" in refusal(owner.post(page_of(destination), entered() | tab))


def test_the_offers_of_a_route_are_part_of_what_was_shown(owner: Client) -> None:
    route = make_route(make_destination())
    tab, offer = loaded(owner.get(page_of(route))), make_offer()
    route.offers.add(offer)
    answer = owner.post(page_of(route), {"destination": route.destination_id, "enabled": "on", "name": "R"} | tab)
    assert "Not saved: this was changed" in refusal(answer)
    assert list(Route.objects.get().offers.all()) == [offer]


@pytest.mark.parametrize("do", ["save", "default"])
def test_the_mapping_is_guarded_and_keeps_what_was_entered(owner: Client, do: str) -> None:
    destination = make_destination("mapped", settings={"required_setting": "given"})
    first, second = loaded(owner.get(address(destination))), loaded(owner.get(address(destination)))
    owner.post(address(destination), rows(*UNCHANGED, ("Campaign", "constant", "a")) | {"do": "save"} | first)
    mine = rows(*UNCHANGED, ("Medium", "constant", "b"))
    answer = owner.post(address(destination), mine | {"do": do} | second)
    destination.refresh_from_db()
    assert [rule["target"] for rule in destination.mapping or []] == ["LastName", "Email", "Campaign"]
    assert "Not saved: this was changed while it was open here." in answer.context["conflict"]
    assert "Field mapping changed." in answer.context["conflict"]
    assert 'value="Medium"' in answer.text
    owner.post(address(destination), mine | {"do": do} | loaded(answer))
    destination.refresh_from_db()
    assert [rule["target"] for rule in destination.mapping or []] == ["LastName", "Email", "Medium"] * (do == "save")


def test_a_try_in_between_does_not_forget_when_the_page_was_opened(owner: Client) -> None:
    destination = make_destination("mapped", settings={"required_setting": "given"})
    tab = loaded(owner.get(address(destination)))
    Destination.objects.update(mapping=[])
    tried = owner.post(address(destination), rows(*UNCHANGED) | {"do": "try"} | tab)
    answer = owner.post(address(destination), rows(*UNCHANGED) | {"do": "save"} | loaded(tried))
    assert "Not saved: this was changed" in answer.context["conflict"]


def test_an_old_list_of_titles_gives_back_no_offer_that_was_chosen_since(owner: Client) -> None:
    firewall, gateway = make_offer(), make_offer()
    titles = [make_title("Firewall"), make_title("Gateway")]
    page = owner.get(address_of("leads_offertitle_changelist"))
    posted = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2", "_save": "Save"}
    for number, form in enumerate(page.context["cl"].formset.forms):
        posted |= {f"form-{number}-id": str(form.instance.pk), f"form-{number}-offer": ""}
        assert f'name="initial-form-{number}-offer"' in page.text
        posted[f"initial-form-{number}-offer"] = ""
        if form.instance == titles[1]:
            posted[f"form-{number}-offer"] = str(gateway.pk)
    OfferTitle.objects.filter(pk=titles[0].pk).update(offer=firewall)
    owner.post(address_of("leads_offertitle_changelist"), posted)
    assert [OfferTitle.objects.get(pk=title.pk).offer for title in titles] == [firewall, gateway]


def test_every_form_that_changes_a_row_is_guarded(owner: Client) -> None:
    guarded = set()
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        page = owner.get(address_of(f"{name}_change", *PAGES[f"{name}_change"].arguments()))
        if 'name="_save"' in page.text:
            guarded.add(name)
            assert 'name="_loaded"' in page.text, name
    assert {"leads_destination", "leads_offer", "leads_route", "leads_endpoint", "auth_user"} <= guarded
