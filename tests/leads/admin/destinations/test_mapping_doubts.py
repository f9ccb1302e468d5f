"""What the mapping's page warns of without refusing it: fields that take few values, names that nobody proved."""

import re
from typing import Any

import pytest
from django.test import Client

from integrations import registry
from integrations.mapping import FieldMap, Origin, OwnNames, Rule, TargetField, ValueType
from leads.models import Destination
from tests.factories import make_destination, make_touch
from tests.leads.admin.destinations.test_mapping import address, rows
from tests.leads.admin.shown import messages_of
from tests.leads.delivery.scripted import MappedConnector

pytestmark = pytest.mark.django_db

RATING = TargetField(name="Rating", type=ValueType.NUMBER, choices=("1", "2"), choice_labels=("Hot", "Cold"))
FIELDS = FieldMap.of(
    [TargetField(name="LastName"), TargetField(name="Staff", type=ValueType.NUMBER), RATING],
    [Rule("LastName", Origin.FIELD, "last_name")],
    own_names=OwnNames(re.compile(r"00N\w{12}"), "00N…"),
)
LAST_NAME = ("LastName", "field:last_name", "")
RATED = ("Rating", "field:company", "")
MAY_NOT_FIT = (
    "“Rating” takes only certain values (One of: 1 (Hot), 2 (Cold)). Leads with anything else are refused there."
)
NOT_KNOWN = (
    "“Company__c” is no name that is known here, nor like those of your own fields (00N…). What is sent to a name "
    "that does not exist is dropped there without a word."
)
NOT_PROVED = "“00N5e00000abcde”: the other system does not tell whether it exists. Send a test lead, and look there."


class Kind(MappedConnector):
    default_fields = FIELDS


@pytest.fixture
def destination(monkeypatch: pytest.MonkeyPatch) -> Destination:
    monkeypatch.setitem(registry.KINDS, "few", registry.Kind("Few", f"{Kind.__module__}.{Kind.__name__}"))
    return make_destination("few", settings={"required_setting": "given"})


def doubts_on(page: Any) -> list[list[str]]:
    return [form.doubts for form in page.context["rows"].forms if form.doubts]


def test_a_value_that_may_not_fit_is_saved_with_a_warning(owner: Client, destination: Destination) -> None:
    answer = owner.post(address(destination), rows(LAST_NAME, RATED, initial=1) | {"do": "save"}, follow=True)
    destination.refresh_from_db()
    assert [stored["target"] for stored in destination.mapping or []] == ["LastName", "Rating"]
    assert messages_of(answer) == [
        "Saved. Waiting leads are sent by this mapping, too.",
        "1 row has a warning: read it before leads go there.",
    ]
    assert doubts_on(answer) == [[MAY_NOT_FIT]]
    assert MAY_NOT_FIT in answer.text


def test_a_try_warns_too(owner: Client, destination: Destination) -> None:
    make_touch()
    page = owner.post(address(destination), rows(LAST_NAME, RATED, initial=1) | {"do": "try"})
    assert page.context["trial"].notes == [MAY_NOT_FIT]
    assert doubts_on(page) == [[MAY_NOT_FIT]]


@pytest.mark.parametrize(("target", "said"), [("Company__c", NOT_KNOWN), ("00N5e00000abcde", NOT_PROVED)])
def test_a_name_that_nobody_proved_has_a_note(owner: Client, destination: Destination, target: str, said: str) -> None:
    own = (target, "field:company", "")
    answer = owner.post(address(destination), rows(LAST_NAME, own, initial=1) | {"do": "save"}, follow=True)
    assert doubts_on(answer) == [[said]]


def test_without_doubts_nothing_is_warned_of(owner: Client, destination: Destination) -> None:
    fixed = ("Rating", "constant", "1")
    answer = owner.post(address(destination), rows(LAST_NAME, fixed, initial=1) | {"do": "save"}, follow=True)
    assert messages_of(answer) == ["Saved. Waiting leads are sent by this mapping, too."]
    assert doubts_on(answer) == []


def test_a_fixed_text_that_is_no_choice_is_refused_with_the_choices(owner: Client, destination: Destination) -> None:
    page = owner.post(address(destination), rows(LAST_NAME, ("Rating", "constant", "3"), initial=1) | {"do": "save"})
    assert page.context["rows"].forms[1].errors["text"] == [
        "Text: “3” is not in the list of “Rating” over there. One of: 1 (Hot), 2 (Cold)."
    ]


def test_each_row_says_what_its_field_takes(owner: Client, destination: Destination) -> None:
    page = owner.post(
        address(destination), rows(LAST_NAME, RATED, ("Staff", "constant", "7"), initial=1) | {"do": "try"}
    )
    assert [form.takes for form in page.context["rows"].forms] == ["", "One of: 1 (Hot), 2 (Cold)", "Number"]
    assert page.text.count("One of: 1 (Hot), 2 (Cold)") >= 3  # the row, its warning, the table of fields


def test_rows_with_mistakes_show_the_mistakes_alone(owner: Client, destination: Destination) -> None:
    page = owner.post(
        address(destination), rows(LAST_NAME, RATED, ("no such", "constant", "x"), initial=1) | {"do": "save"}
    )
    assert page.status_code == 200
    assert doubts_on(page) == []
