"""What a page says to enter stands in the forms of Lead CRM under the same names, in their order, and is enough."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from integrations.config_form import ConfigForm
from integrations.contract import StepResult
from integrations.registry import KINDS, connector_class
from integrations.sandbox.entering import Destination, Entry, How
from integrations.sandbox.receiver import Receiver
from integrations.sandbox.simulator import Simulator
from integrations.sandbox.systems import SYSTEMS, load
from integrations.sandbox.texts import LANGUAGES, say
from tests.integrations.records import RECORD, delivered
from tests.integrations.sandbox.browsing import page, visible
from tests.integrations.sandbox.sender import SECRET

WITHOUT_EMULATOR = [path for name, path in SYSTEMS if not name.startswith("azure")]


@pytest.fixture(params=[path for _, path in SYSTEMS])
def system(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with load(request.param).running() as running:
        yield running


def label(entry: Entry, language: str) -> str:
    return say(language, entry.label, number=entry.number)


def form_of(destination: Destination) -> type[ConfigForm]:
    return connector_class(destination.kind).Config


def typed_in(destination: Destination, condition: tuple[str, str] | None = None) -> dict[str, Any]:
    """The form once somebody did what the page says, as its labels name the fields; of what is only for one choice,
    what this one needs."""
    fields = {str(field.label): (name, field) for name, field in form_of(destination).base_fields.items()}
    entered: dict[str, Any] = {}
    entries = [entry for entry in destination.entries if entry.only_if in (None, condition)]
    for entry in [*([Entry(condition[0], How.CHOSEN, condition[1])] if condition else []), *entries]:
        name, field = fields[label(entry, "en")]
        match entry.how:
            case How.TYPED:
                entered.setdefault(name, entry.value)
            case How.TICKED:
                entered[name] = True
            case How.CHOSEN:
                [entered[name]] = [
                    key for key, shown in getattr(field, "choices", []) if str(shown) == say("en", entry.value)
                ]
    return entered


def check_and_deliver(destination: Destination, condition: tuple[str, str] | None = None) -> None:
    form = form_of(destination).of(typed_in(destination, condition))
    assert form.is_valid(), form.errors
    connector = connector_class(destination.kind)(form.cleaned_data, None)
    assert [step for step in connector.check().steps if step.result is StepResult.FAILED] == []
    for outcome in connector.deliver([RECORD]):
        delivered(outcome)
    connector.close()


def check_words(destination: Destination, language: str) -> None:
    """Labels and options are the form's, in its order."""
    shown = list(dict.fromkeys(label(entry, language) for entry in destination.entries))
    chosen = [(one.label, one.value) for one in destination.entries if one.how is How.CHOSEN]
    chosen += [entry.only_if for entry in destination.entries if entry.only_if]
    with translation.override(language):
        fields = form_of(destination).base_fields.values()
        options = {str(field.label): [str(one) for _, one in getattr(field, "choices", [])] for field in fields}
        assert say(language, f"kind.{destination.kind}") == str(KINDS[destination.kind].label)
    assert shown == [one for one in options if one in shown]
    assert [pair for pair in chosen if say(language, pair[1]) not in options[say(language, pair[0])]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_options_are_those_of_the_form_in_its_order(system: Simulator, language: str) -> None:
    for destination in system.destinations():
        check_words(destination, language)


def test_every_field_that_must_be_filled_in_is_named(system: Simulator) -> None:
    for destination in system.destinations():
        fields = form_of(destination).base_fields.values()
        needed = {str(field.label) for field in fields if field.required and field.initial is None}
        assert needed <= {label(entry, "en") for entry in destination.entries}


def test_every_kind_of_destination_has_a_page_that_says_what_to_enter() -> None:
    found = []
    for _, path in SYSTEMS:
        with load(path).running() as system:
            found += [destination.kind for destination in system.destinations()]
    assert sorted(found) == sorted(KINDS)


@pytest.mark.parametrize("path", WITHOUT_EMULATOR)
def test_what_the_page_says_to_enter_is_enough(path: str) -> None:
    with load(path).running() as system:
        for destination in system.destinations():
            for condition in dict.fromkeys([None, *(entry.only_if for entry in destination.entries)]):
                check_and_deliver(destination, condition)


@pytest.mark.parametrize(
    "demands",
    [
        {},
        {"secrets": [SECRET]},
        {"secrets": [SECRET], "bearer": "t0ken"},
        {"basic": {"username": "mina", "password": "s3cret pass"}},
        {"headers": {"X-Api-Key": "k3y", "X-Team": "sales"}},
        {"secrets": [SECRET], "on_repeat": "conflict"},
        {"success_status": 204},
    ],
)
def test_the_receiver_says_what_it_is_set_to_demand(sandbox: Receiver, demands: dict[str, Any]) -> None:
    sandbox.control("config", demands)
    [destination] = sandbox.destinations()
    for language in LANGUAGES:
        check_words(destination, language)
    check_and_deliver(destination)
    check_and_deliver(destination)  # a repeat


def test_a_second_receiver_has_its_own_values(sandbox: Receiver) -> None:
    sandbox.control("config", {"receiver": "sales", "secrets": [SECRET]})
    first, second = sandbox.destinations()
    assert (first.kind, second.kind) == ("https", "https")
    assert typed_in(first)["url"] == f"{sandbox.url}/hook"
    assert "signing_secret" not in typed_in(first)
    assert (typed_in(second)["url"], typed_in(second)["signing_secret"]) == (f"{sandbox.url}/hook/sales", SECRET)


def test_the_receiver_shows_the_secret_it_expects_with_a_button_to_copy_it(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    html = page(sandbox)
    assert f'data-copy="{SECRET}" data-copied="Copied" aria-label="Copy: Signing secret"' in html
    assert f"Sign-in None Sign each request ticked Signing secret {SECRET} Copy" in visible(html)


def test_what_is_chosen_and_what_is_ticked_has_no_button_to_copy(sandbox: Receiver) -> None:
    html = page(sandbox)
    assert "Copy: URL" in html
    assert "Copy: Sign-in" not in html
    assert "Copy: Sign each request" not in html


def test_each_kind_has_a_block_of_its_own() -> None:
    with load("integrations.sandbox.salesforce.Salesforce").running() as salesforce:
        text = visible(page(salesforce).partition('id="enter"')[2].partition("</section>")[0])
        rest, forms = text.split("Salesforce Web-to-Lead")
        assert "Consumer secret" in rest
        assert "Organization ID" not in rest
        assert f"The form is at another host ticked Address of that host {salesforce.url} Copy" in forms
        assert "Consumer" not in forms


def test_what_matters_for_one_choice_only_says_so() -> None:
    with load("integrations.sandbox.marketo.Marketo").running() as marketo:
        text = visible(page(marketo))
        korean = visible(page(marketo, "/?lang=ko"))
    assert (
        "Program Only if Method is “Push lead: the same, and makes the person a member of a program”. Marketplace"
        in text
    )
    assert "메서드" in korean.partition("프로그램")[2]
