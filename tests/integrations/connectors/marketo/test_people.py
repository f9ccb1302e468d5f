from typing import Any

import pytest

from integrations.connectors.marketo.people import PERSON, fields_in
from integrations.mapping import TargetField, ValueType


def described(kind: str, **more: Any) -> dict[str, Any]:
    return {"displayName": "Seats", "dataType": kind, "rest": {"name": "seats", "readOnly": False}} | more


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        (described("string", length=255), TargetField(name="seats", label="Seats", max_length=255)),
        (described("phone", length=50), TargetField(name="seats", label="Seats", max_length=50)),
        (described("email", length=255),
         TargetField(name="seats", label="Seats", type=ValueType.EMAIL, max_length=255)),
        (described("integer"), TargetField(name="seats", label="Seats", type=ValueType.NUMBER)),
        (described("boolean"), TargetField(name="seats", label="Seats", type=ValueType.BOOLEAN)),
        (described("text", length=2000), TargetField(name="seats", label="Seats", max_bytes=2000, multiline=True)),
        (described("text"), TargetField(name="seats", label="Seats", max_bytes=30_000, multiline=True)),
        (described("string", length=255, rest={"name": "seats", "readOnly": True}),
         TargetField(name="seats", label="Seats", max_length=255, writable=False)),
        (described("string", length="255", displayName=None), TargetField(name="seats")),
    ],
)  # fmt: skip
def test_a_described_field(entry: dict[str, Any], target: TargetField) -> None:
    assert fields_in([entry]) == (target,)


@pytest.mark.parametrize("entry", [{}, {"rest": {}}, {"rest": None}, {"rest": {"name": 7}}, "seats", None])
def test_what_rest_does_not_show_is_left_out(entry: Any) -> None:
    assert fields_in([entry]) == ()


def test_the_first_mapping_names_documented_fields_only() -> None:
    assert PERSON.problems() == []
    assert [rule.target for rule in PERSON.rules] == [
        "email", "firstName", "lastName", "company", "title", "phone", "country", "leadSource",
    ]  # fmt: skip
    assert {rule.target for rule in PERSON.rules} < set(PERSON.targets)
