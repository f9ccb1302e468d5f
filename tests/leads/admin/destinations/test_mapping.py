"""The field mapping's page: edit, try on a lead, save, go back to the first one."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from integrations import registry
from integrations.mapping import Origin, Rule
from leads.models import Destination
from tests.factories import make_destination, make_lead, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.delivery.scripted import MappedConnector

pytestmark = pytest.mark.django_db

FIRST_RULES = [Rule("LastName", Origin.FIELD, "last_name"), Rule("Email", Origin.FIELD, "email")]


@pytest.fixture(autouse=True)
def mapped_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{MappedConnector.__module__}.{MappedConnector.__name__}"
    monkeypatch.setitem(registry.KINDS, "mapped", registry.Kind("Mapped", path))


@pytest.fixture
def destination() -> Destination:
    return make_destination("mapped", settings={"required_setting": "given"})


def address(destination: Destination) -> str:
    return reverse("admin:leads_destination_mapping", args=[destination.pk])


def rows(*given: tuple[str, str, str], remove: tuple[int, ...] = (), initial: int = 2) -> dict[str, str]:
    """Posted rows: target, source, text."""
    data = {"rules-TOTAL_FORMS": str(len(given)), "rules-INITIAL_FORMS": str(initial)}
    for number, (target, source, text) in enumerate(given):
        named = {"target": target, "source": source, "text": text, "omit_empty": "on"}
        data |= {f"rules-{number}-{name}": value for name, value in named.items()}
        if number in remove:
            data[f"rules-{number}-DELETE"] = "on"
    return data


UNCHANGED = (("LastName", "field:last_name", ""), ("Email", "field:email", ""))


def test_the_page_shows_the_rules_this_kind_begins_with(owner: Client, destination: Destination) -> None:
    page = owner.get(address(destination))
    assert page.status_code == 200
    assert [form.initial["target"] for form in page.context["rows"].initial_forms] == ["LastName", "Email"]
    assert [target.name for target in page.context["missing"]] == ["Company"]


def test_rows_are_saved_in_their_order_and_removed_ones_are_gone(owner: Client, destination: Destination) -> None:
    posted = rows(*UNCHANGED, ("Campaign", "constant", "spring"), ("Note", "template", "{offer_title}"), remove=(0,))
    answer = owner.post(address(destination), posted | {"do": "save"})
    assert (answer.status_code, answer["Location"]) == (302, address(destination))
    destination.refresh_from_db()
    assert [Rule.from_json(stored) for stored in destination.mapping or []] == [
        Rule("Email", Origin.FIELD, "email"),
        Rule("Campaign", Origin.CONSTANT, "spring"),
        Rule("Note", Origin.TEMPLATE, "{offer_title}"),
    ]
    assert LogEntry.objects.get().change_message == "Field mapping changed."


def test_the_first_mapping_can_be_had_again(owner: Client, destination: Destination) -> None:
    Destination.objects.update(mapping=[Rule("X", Origin.CONSTANT, "x").as_json()])
    owner.post(address(destination), rows(("X", "constant", "x"), initial=1) | {"do": "default"})
    destination.refresh_from_db()
    assert destination.mapping is None


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        (("no such", "constant", "x"), "target", "“no such” cannot be a field's name"),
        (("Email", "constant", "x"), "target", "“Email” is filled twice"),
        (("CreatedDate", "constant", "x"), "target", "“CreatedDate” cannot be written"),
        (("Note", "template", "{nickname}"), "text", "{nickname} is no field of a lead"),
        (("Note", "nonsense", ""), "source", "Select a valid choice"),
    ],
)
def test_a_slip_is_shown_in_its_row_and_nothing_is_saved(
    owner: Client, destination: Destination, row: tuple[str, str, str], field: str, said: str
) -> None:
    answer = owner.post(address(destination), rows(*UNCHANGED, row) | {"do": "save"})
    assert answer.status_code == 200
    assert said in answer.context["rows"].forms[2].errors[field][0]
    destination.refresh_from_db()
    assert destination.mapping is None


def test_a_try_shows_both_bodies_and_what_was_cut_and_saves_nothing(owner: Client, destination: Destination) -> None:
    make_touch(last_name="Featherstonehaugh", email="f@fabrikam.example")
    posted = rows(*UNCHANGED, ("Campaign", "constant", "spring"))
    trial = owner.post(address(destination), posted | {"do": "try"}).context["trial"]
    assert [(line.saved, line.edited) for line in trial.lines if line.differs] == [
        ('  "Email": "f@fabrikam.example"', '  "Email": "f@fabrikam.example",'),
        ("", '  "Campaign": "spring"'),
    ]
    assert (trial.method, trial.url) == ("POST", "https://crm.example.com/leads")
    assert trial.notes == ["LastName: 17 characters are too many there, cut to 10. The whole text is kept here."]
    destination.refresh_from_db()
    assert destination.mapping is None


def test_a_try_without_leads_says_so(owner: Client, destination: Destination) -> None:
    page = owner.post(address(destination), rows(*UNCHANGED) | {"do": "try"})
    assert page.context["trial"] is None
    assert "There is no lead yet" in page.content.decode()


def test_what_a_privacy_rule_holds_back_is_not_offered_to_who_may_not_see_it(
    enter: Enter, destination: Destination
) -> None:
    make_touch(lead=make_lead(is_private=True), email="mina@uni.example")
    person = make_user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_destination", "change_destination"]))
    page = enter(user=person).get(address(destination))
    assert page.context["touches"] == []


@pytest.mark.parametrize("group", ["sales", "sales lead"])
def test_only_who_looks_after_destinations_sees_the_mapping(group: str, enter: Enter, destination: Destination) -> None:
    assert enter(group).get(address(destination)).status_code == 403


def test_ops_try_a_mapping_on_a_lead_and_cannot_change_it(ops: Client, destination: Destination) -> None:
    touch = make_touch()
    page = ops.get(address(destination))
    assert ">Save</button>" not in page.text
    tried = ops.post(address(destination), rows(*UNCHANGED) | {"touch": str(touch.pk)})
    assert tried.context["trial"].lines
    for asked in ("save", "default"):
        assert ops.post(address(destination), rows(*UNCHANGED) | {"do": asked}).status_code == 403
    destination.refresh_from_db()
    assert destination.mapping is None


def test_a_kind_with_a_fixed_form_has_nothing_to_map(owner: Client) -> None:
    fixed = make_destination("https", settings={})
    answer = owner.get(address(fixed))
    assert answer.status_code == 302


def test_garbage_in_place_of_rows_is_no_error_of_the_server(owner: Client, destination: Destination) -> None:
    for garbage in (
        {"do": "save"},
        {"do": "try", "rules-TOTAL_FORMS": "x"},
        {"do": "save", "rules-TOTAL_FORMS": "9999"},
    ):
        assert owner.post(address(destination), garbage).status_code == 200
    Destination.objects.update(mapping=["nonsense"])
    assert owner.get(address(destination)).status_code == 302


def test_the_empty_row_at_the_end_says_nothing(owner: Client, destination: Destination) -> None:
    owner.post(address(destination), rows(*UNCHANGED, ("", "", "")) | {"do": "save"})
    destination.refresh_from_db()
    assert [Rule.from_json(stored) for stored in destination.mapping or []] == FIRST_RULES


@pytest.mark.parametrize("is_private", [True, False])
def test_to_try_it_on_held_back_data_leaves_an_entry_in_the_log(
    owner: Client, destination: Destination, is_private: bool
) -> None:
    lead = make_lead(is_private=is_private)
    make_touch(lead=lead, email="mina@uni.example")
    owner.post(address(destination), rows(*UNCHANGED) | {"do": "try"})
    entries = LogEntry.objects.filter(object_id=str(lead.pk))
    assert [entry.change_message for entry in entries] == [
        "Looked at personal data that a privacy rule holds back."
    ] * is_private
