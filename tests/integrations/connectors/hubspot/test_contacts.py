from uuid import UUID

import pytest

from integrations.connectors.hubspot.contacts import Contact, batches_of, contact_of, refusal_of
from integrations.connectors.hubspot.fields import (
    CONTACT,
    LONGEST_TEXT,
    constants,
    fields_in,
    key_property,
    unique_in,
)
from integrations.contract import Failure, FailureKind
from integrations.mapping import Origin, Rule, ValueType
from tests.integrations.records import RECORD


def people(*emails: str) -> list[Contact]:
    return [Contact(UUID(int=number), {"email": email}) for number, email in enumerate(emails)]


def emails(batches: list[tuple[Contact, ...]]) -> list[list[str]]:
    return [[contact.email for contact in batch] for batch in batches]


def test_batches_are_full_and_in_order() -> None:
    assert emails(list(map(tuple, batches_of(people("a", "b", "c", "d", "e"), 2)))) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_persons_second_record_comes_in_a_later_batch() -> None:
    batches = list(map(tuple, batches_of(people("a@x", "b@x", "A@X", "a@X", "c@x"), 10)))
    assert emails(batches) == [["a@x", "b@x", "c@x"], ["A@X"], ["a@X"]]


def test_of_nobody_there_is_no_batch() -> None:
    assert list(batches_of([])) == []


@pytest.mark.parametrize("name", ["email", "firstname", "lastname"])
def test_one_of_address_and_names_will_do(name: str) -> None:
    assert refusal_of(Contact(RECORD.key, {name: "x", "company": "Fabrikam"})) is None


def test_with_none_of_them_the_contact_is_refused() -> None:
    refused = refusal_of(Contact(RECORD.key, {"company": "Fabrikam"}))
    assert refused == Failure(kind=FailureKind.REJECTED, cause="hubspot_nobody")


def test_values_are_texts() -> None:
    rules = (Rule("is_test", Origin.FIELD, "is_test", omit_empty=False), Rule("seats", Origin.CONSTANT, "20"))
    described = fields_in([{"name": "is_test", "type": "bool"}, {"name": "seats", "type": "number"}])
    contact = contact_of(RECORD, CONTACT.described_by(described).with_rules(rules))
    assert contact.properties == {"is_test": "false", "seats": "20"}


def test_what_hubspot_says_of_its_properties() -> None:
    listed = [
        {"name": "email", "label": "Email", "type": "string", "fieldType": "text"},
        {"name": "note", "label": "Note", "type": "string", "fieldType": "textarea"},
        {"name": "createdate", "type": "datetime", "modificationMetadata": {"readOnlyValue": True}},
        {"name": "seats", "type": "number", "modificationMetadata": {"readOnlyValue": False}},
        {"name": "stage", "type": "enumeration", "options": [{"value": "lead"}, {"value": 3}, None, {"value": "won"}]},
        {"name": "owner", "type": "enumeration", "externalOptions": True, "options": [{"value": "1"}]},
        {"name": ""}, {"label": "nameless"}, None, 3,
    ]  # fmt: skip
    fields = {field.name: field for field in fields_in(listed)}
    assert list(fields) == ["email", "note", "createdate", "seats", "stage", "owner"]
    assert (fields["email"].type, fields["email"].label) == (ValueType.EMAIL, "Email")
    assert (fields["note"].multiline, fields["note"].max_length) == (True, LONGEST_TEXT)
    assert (fields["createdate"].writable, fields["createdate"].max_length) == (False, None)
    assert (fields["seats"].writable, fields["seats"].type) == (True, ValueType.NUMBER)
    assert (fields["stage"].type, fields["stage"].choices) == (ValueType.CHOICE, ("lead", "won"))
    assert fields["owner"].choices == ()


def test_which_properties_are_unique_is_known_of_those_that_say_so() -> None:
    listed = [{"name": "a", "hasUniqueValue": True}, {"name": "b", "hasUniqueValue": False}, {"name": "c"}, None]
    assert unique_in(listed) == {"a": True, "b": False}


def test_the_mapping_names_the_property_for_the_id_and_those_with_a_fixed_text() -> None:
    rules = (
        Rule("text", Origin.TEMPLATE, "{key}"),
        Rule("our_id", Origin.FIELD, "key"),
        Rule("lifecyclestage", Origin.CONSTANT, "lead"),
    )
    fields = CONTACT.with_rules((*CONTACT.rules, *rules))
    assert (key_property(fields), constants(fields)) == ("our_id", frozenset({"lifecyclestage"}))
    assert (key_property(CONTACT), constants(CONTACT)) == ("", frozenset())


def test_a_new_destination_sends_these_properties() -> None:
    assert [rule.target for rule in CONTACT.rules] == [
        "email", "firstname", "lastname", "phone", "company", "jobtitle", "country", "message",
    ]  # fmt: skip
    assert CONTACT.problems() == []
