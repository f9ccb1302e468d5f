"""A record becomes the values of another system."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from integrations.contract import Note, Record
from integrations.mapping import FieldMap, Origin, Problem, Rule, TargetField, ValueType

KEY = UUID("1f81eb52-5198-4599-803e-771906343485")


def record(**given: Any) -> Record:
    person = {"first_name": "Mina", "last_name": "Park", "email": "mina.park@fabrikam.example", "company": "Fabrikam"}
    rest = {"offer_title": "Contoso Firewall", "lead_source": "AzureMarketplace-INS|contoso.fw"}
    return Record(key=KEY, received_at=datetime(2026, 11, 22, 6, tzinfo=UTC), **person | rest | given)


def values(rules: list[Rule], *targets: TargetField, **given: Any) -> dict[str, Any]:
    return FieldMap.of(targets, rules).translate(record(**given)).values


def field(target: str, neutral: str) -> Rule:
    return Rule(target, Origin.FIELD, neutral)


BLOCK = """--
Offer: Contoso Firewall
Lead source: AzureMarketplace-INS|contoso.fw
Received: 2026-11-22T06:00:00Z
Marketplace lead: 1f81eb52-5198-4599-803e-771906343485"""


# --- Where values come from -------------------------------------------------------------------------------------------


def test_fields_constants_and_templates_stand_in_the_order_of_the_rules() -> None:
    rules = [
        Rule("note", Origin.TEMPLATE, "{first_name} of {company} wants {offer_title}"),
        field("mail", "email"),
        Rule("origin", Origin.CONSTANT, "Marketplace"),
    ]
    assert list(values(rules).items()) == [
        ("note", "Mina of Fabrikam wants Contoso Firewall"),
        ("mail", "mina.park@fabrikam.example"),
        ("origin", "Marketplace"),
    ]


def test_a_template_takes_texts_as_they_are() -> None:
    assert values([Rule("note", Origin.TEMPLATE, "{company}")], company="{email} %(x)s") == {"note": "{email} %(x)s"}


def test_empty_values_are_left_out_unless_the_rule_wants_them() -> None:
    rules = [field("title", "title"), Rule("phone", Origin.FIELD, "phone", omit_empty=False)]
    assert values(rules) == {"phone": ""}


def test_constants_and_flags_take_the_type_of_their_field() -> None:
    targets = [
        TargetField(name="code", type=ValueType.NUMBER),
        TargetField(name="share", type=ValueType.NUMBER),
        TargetField(name="on", type=ValueType.BOOLEAN),
        TargetField(name="dnc", type=ValueType.BOOLEAN),
    ]
    rules = [
        Rule("code", Origin.CONSTANT, "8"),
        Rule("share", Origin.CONSTANT, "0.5"),
        Rule("on", Origin.CONSTANT, "false"),
        field("dnc", "is_dnc"),
    ]
    assert values(rules, *targets, is_dnc=True) == {"code": 8, "share": 0.5, "on": False, "dnc": True}


@pytest.mark.parametrize("text", ["nan", "1e9", "٣", "eight", "1" * 16])
def test_a_text_that_is_no_number_stays_a_text(text: str) -> None:
    assert values([field("code", "title")], TargetField(name="code", type=ValueType.NUMBER), title=text) == {
        "code": text
    }


def test_a_flag_that_is_not_set_is_not_sent_since_it_would_switch_something_off() -> None:
    assert values([field("dnc", "is_dnc")], TargetField(name="dnc", type=ValueType.BOOLEAN)) == {}


# --- Lengths ----------------------------------------------------------------------------------------------------------


def test_a_text_that_is_too_long_is_cut_and_noted() -> None:
    translated = FieldMap.of([TargetField(name="name", max_length=4)], [field("name", "first_name")]).translate(
        record(first_name="민아민아민아")
    )
    assert translated.values == {"name": "민아민아"}
    assert translated.notes == (Note("cut", {"field": "name", "length": 6, "limit": 4}),)


def test_line_breaks_stay_only_where_a_field_has_several_lines() -> None:
    targets = [TargetField(name="one"), TargetField(name="many", multiline=True)]
    rules = [field("one", "description"), field("many", "description")]
    assert values(rules, *targets, description="a\r\n b\tc") == {"one": "a b c", "many": "a\r\n b\tc"}


@pytest.mark.parametrize("address", ["mina.park", "mina@fabrikam", "a@b@c.example", "x" * 60 + "@fabrikam.example"])
def test_an_address_is_never_cut_but_left_out_and_written_into_the_description(address: str) -> None:
    targets = [TargetField(name="mail", type=ValueType.EMAIL, max_length=50), TargetField(name="text", multiline=True)]
    rules = [Rule("text", Origin.DESCRIPTION), field("mail", "email")]
    translated = FieldMap.of(targets, rules).translate(record(email=address))
    assert list(translated.values) == ["text"]
    assert translated.values["text"].startswith(f"--\nE-mail: {address}\nOffer: ")
    assert translated.notes == (Note("email_left_out", {"field": "mail"}),)
    assert address not in str(translated.notes)


# --- Demanded fields --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("neutral", "given", "stands_there"),
    [
        ("last_name", {"last_name": ""}, "mina.park"),
        ("last_name", {"last_name": "", "email": ""}, "[not provided]"),
        ("company", {"company": ""}, "fabrikam.example"),
        ("company", {"company": "", "email": "mina@GMail.com"}, "[not provided]"),
        ("company", {"company": "", "email": ""}, "[not provided]"),
        ("offer_title", {"offer_title": ""}, "Marketplace lead"),
        ("offer_title", {"offer_title": "", "source": "AppSource"}, "Marketplace lead AppSource"),
        ("last_name", {"last_name": "Park"}, "Park"),
    ],
)
def test_what_the_other_side_demands_is_never_empty(neutral: str, given: dict[str, str], stands_there: str) -> None:
    demanded = TargetField(name="x", required=True)
    assert values([field("x", neutral)], demanded, **given) == {"x": stands_there}


# --- The description --------------------------------------------------------------------------------------------------


def test_the_note_comes_first_and_the_block_below_it() -> None:
    described = values([Rule("text", Origin.DESCRIPTION)], description="Need a quote for 20 seats")
    assert described == {"text": f"Need a quote for 20 seats\n\n{BLOCK}"}
    assert values([Rule("text", Origin.DESCRIPTION)]) == {"text": BLOCK}


def test_only_the_note_is_shortened() -> None:
    target = TargetField(name="text", max_length=len(BLOCK) + 12, multiline=True)
    translated = FieldMap.of([target], [Rule("text", Origin.DESCRIPTION)]).translate(record(description="김" * 500))
    assert translated.values == {"text": f"{'김' * 10}\n\n{BLOCK}"}
    assert translated.notes == (Note("cut", {"field": "text", "length": 500, "limit": len(BLOCK) + 12}),)


def test_the_line_by_which_the_record_is_found_stays_even_where_the_block_does_not_fit() -> None:
    found_by = BLOCK.splitlines()[-1]
    target = TargetField(name="text", max_length=len(found_by) + 21, multiline=True)
    translated = FieldMap.of([target], [Rule("text", Origin.DESCRIPTION)]).translate(
        record(description="Need a quote", offer_title="김" * 1000)
    )
    assert translated.values == {"text": f"--\nOffer: {'김' * 10}\n{found_by}"}


def test_bytes_count_where_the_field_counts_bytes() -> None:
    target = TargetField(name="text", max_bytes=len(BLOCK.encode()) + 2 + 31, multiline=True)
    described = FieldMap.of([target], [Rule("text", Origin.DESCRIPTION)]).translate(record(description="김" * 500))
    assert described.values == {"text": f"{'김' * 10}\n\n{BLOCK}"}


# --- What is wrong with a mapping -------------------------------------------------------------------------------------


def test_each_slip_is_named_with_its_row() -> None:
    targets = [
        TargetField(name="made_at", writable=False),
        TargetField(name="code", type=ValueType.NUMBER),
        TargetField(name="on", type=ValueType.BOOLEAN),
        TargetField(name="stage", type=ValueType.CHOICE, choices=("Hot", "Cold")),
    ]
    rules = [
        Rule("made_at", Origin.CONSTANT, "x"),
        Rule("code", Origin.CONSTANT, "eight"),
        Rule("on", Origin.CONSTANT, "maybe"),
        Rule("stage", Origin.CONSTANT, "Warm"),
        Rule("no such", Origin.CONSTANT, "x"),
        Rule("missing", Origin.FIELD, "nickname"),
        Rule("code", Origin.TEMPLATE, "{first_name} {nickname}"),
        Rule("stage", Origin.CONSTANT, "Hot"),
    ]
    told = FieldMap.of([], rules).described_by(targets)
    assert told.problems() == [
        Problem(0, "target_read_only", {"target": "made_at"}),
        Problem(1, "constant_not_a_number", {"target": "code", "value": "eight"}),
        Problem(2, "constant_not_a_boolean", {"target": "on", "value": "maybe"}),
        Problem(3, "constant_not_a_choice", {"target": "stage", "value": "Warm", "takes": "One of: Hot, Cold"}),
        Problem(4, "target_name", {"target": "no such"}),
        Problem(5, "target_unknown", {"target": "missing"}),
        Problem(5, "field_unknown", {"target": "missing", "field": "nickname"}),
        Problem(6, "field_unknown", {"target": "code", "field": "nickname"}),
        Problem(6, "target_twice", {"target": "code"}),
        Problem(7, "target_twice", {"target": "stage"}),
    ]


def test_without_a_description_by_the_system_an_unknown_field_may_exist() -> None:
    assert FieldMap.of([TargetField(name="a")], [field("b", "email")]).problems() == []


def test_what_the_system_says_counts_and_what_it_leaves_open_stays_ours() -> None:
    ours = FieldMap.of([TargetField(name="name", label="Name", required=True, max_length=40)], [])
    told = ours.described_by([TargetField(name="name", max_length=80), TargetField(name="other")])
    assert told.targets["name"] == TargetField(name="name", label="Name", required=True, max_length=80)
    assert (list(told.targets), told.is_described) == (["name", "other"], True)
    assert ours.described_by([]) is ours


def test_rules_and_fields_survive_being_stored() -> None:
    rule = Rule("code", Origin.TEMPLATE, "{email}", omit_empty=False)
    target = TargetField(name="stage", type=ValueType.CHOICE, choices=("Hot",), max_length=5, required=True)
    assert Rule.from_json(rule.as_json()) == rule
    assert TargetField.from_json(target.as_json()) == target
    assert TargetField.from_json({"name": "x", "something newer": 1}) == TargetField(name="x")
