"""What may be saved but deserves a warning: values that do not fit their field for every lead, names nobody proved."""

import re

import pytest

from integrations.mapping import FieldMap, Origin, OwnNames, Problem, Rule, TargetField, ValueType

TARGETS = [
    TargetField(name="note"),
    TargetField(name="employees", type=ValueType.NUMBER),
    TargetField(name="opt_out", type=ValueType.BOOLEAN),
    TargetField(name="day", type=ValueType.DATE),
    TargetField(name="rating", type=ValueType.NUMBER, choices=("1", "2"), choice_labels=("Hot", "Cold")),
    TargetField(name="stage", type=ValueType.CHOICE),
    TargetField(name="flag", type=ValueType.CHOICE, choices=("true", "false")),
]
OWN = OwnNames(re.compile(r"00N\w{12}"), "00N…")


def doubts(*rules: Rule) -> list[tuple[str, str]]:
    return [(found.code, found.params["target"]) for found in FieldMap.of(TARGETS, rules).doubts()]


@pytest.mark.parametrize("target", ["employees", "day", "rating", "stage", "flag"])
@pytest.mark.parametrize(
    ("origin", "value"),
    [(Origin.FIELD, "company"), (Origin.TEMPLATE, "{company}"), (Origin.DESCRIPTION, "")],
)
def test_free_text_into_a_field_that_takes_few_values_is_doubted(target: str, origin: Origin, value: str) -> None:
    assert doubts(Rule(target, origin, value)) == [("may_not_fit", target)]


def test_free_text_for_yes_or_no_is_read_as_no() -> None:
    assert doubts(Rule("opt_out", Origin.FIELD, "company")) == [("reads_as_no", "opt_out")]


@pytest.mark.parametrize(
    "rule",
    [
        Rule("note", Origin.FIELD, "company"),
        Rule("note", Origin.FIELD, "is_dnc"),
        Rule("opt_out", Origin.FIELD, "is_dnc"),
        Rule("flag", Origin.FIELD, "is_test"),
        Rule("day", Origin.FIELD, "received_at"),
        Rule("employees", Origin.CONSTANT, "7"),
        Rule("stage", Origin.CONSTANT, "lead"),
    ],
)
def test_what_fits_for_every_lead_is_not_doubted(rule: Rule) -> None:
    assert doubts(rule) == []


def test_a_doubt_says_what_the_field_takes_and_where_the_rule_stands() -> None:
    fields = FieldMap.of(TARGETS, [Rule("note", Origin.FIELD, "email"), Rule("rating", Origin.FIELD, "company")])
    takes = "One of: 1 (Hot), 2 (Cold)"
    assert fields.doubts() == [Problem(1, "may_not_fit", {"target": "rating", "takes": takes})]
    assert fields.problems() == []


@pytest.mark.parametrize(
    ("target", "takes"),
    [
        (TargetField(name="x"), "Text"),
        (TargetField(name="x", type=ValueType.DATE), "Date"),
        (TargetField(name="x", type=ValueType.CHOICE), "One of a list"),
        (TargetField(name="x", type=ValueType.CHOICE, choices=("a", "b")), "One of: a, b"),
        (TargetField(name="x", choices=tuple(map(str, range(40)))), f"One of: {', '.join(map(str, range(30)))}, …"),
    ],
)
def test_what_a_field_takes_is_said_in_words(target: TargetField, takes: str) -> None:
    assert target.takes == takes


def test_labels_of_choices_are_kept() -> None:
    rating = TARGETS[4]
    assert TargetField.from_json(rating.as_json()) == rating


def test_where_the_system_names_no_fields_a_name_is_doubted_or_not_proved() -> None:
    rules = [Rule(name, Origin.FIELD, "company") for name in ("note", "00N5e00000abcde", "Company__c")]
    fields = FieldMap.of(TARGETS, rules, own_names=OWN)
    assert fields.doubts() == [
        Problem(1, "name_not_proved", {"target": "00N5e00000abcde"}),
        Problem(2, "name_not_known", {"target": "Company__c", "example": "00N…"}),
    ]


def test_a_wrong_name_of_a_system_that_names_its_fields_is_a_mistake_and_no_doubt() -> None:
    fields = FieldMap.of([], [Rule("Nope", Origin.FIELD, "company")], own_names=OWN).described_by(TARGETS)
    assert fields.doubts() == []
    assert [problem.code for problem in fields.problems()] == ["target_unknown"]


def test_a_constant_that_is_no_choice_is_told_with_the_choices() -> None:
    fields = FieldMap.of(TARGETS, [Rule("rating", Origin.CONSTANT, "3")])
    assert fields.problems() == [
        Problem(0, "constant_not_a_choice", {"target": "rating", "value": "3", "takes": "One of: 1 (Hot), 2 (Cold)"})
    ]
