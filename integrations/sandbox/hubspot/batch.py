"""`POST …/contacts/batch/upsert`: up to 100 contacts, each made or changed by a unique property."""

from dataclasses import dataclass
from typing import Any

from integrations.sandbox.arrivals import iso
from integrations.sandbox.hubspot.contacts import Contacts, shown
from integrations.sandbox.hubspot.refusal import Refused, invalid, unreadable

MOST = 100


@dataclass(frozen=True)
class Input:
    """One input; `trace` is its `objectWriteTraceId`, empty where it has none."""

    id_property: str
    id: str
    properties: object
    trace: str


@dataclass
class Outcome:
    """What became of a batch: the contacts with whether they are new, and the inputs that were refused."""

    kept: list[tuple[Input, dict[str, Any], bool]]
    refused: list[tuple[Input, Refused]]


def read_inputs(content: object, contacts: Contacts) -> list[Input]:
    """Raises Refused: the batch as a whole cannot be taken."""
    if not isinstance(content, dict) or not isinstance(content.get("inputs"), list):
        raise unreadable("Cannot deserialize value of type `BatchInputSimplePublicObjectBatchInputUpsert`")
    if not content["inputs"]:
        raise invalid("Invalid request: inputs must not be empty", "no_inputs")
    if len(content["inputs"]) > MOST:
        raise invalid(f"The maximum number of inputs in a batch request is {MOST}", "too_many")
    inputs = [_input(one) for one in content["inputs"]]
    for one in inputs:
        _check_key(one, contacts)
    _refuse_twins(inputs)
    return inputs


def _input(content: object) -> Input:
    if not isinstance(content, dict):
        raise unreadable("Cannot deserialize value of type `SimplePublicObjectBatchInputUpsert`")
    texts = [content.get(name) or "" for name in ("idProperty", "id", "objectWriteTraceId")]
    if not all(isinstance(text, str) for text in texts):
        raise unreadable("Cannot deserialize value of type `java.lang.String`")
    id_property, key, trace = texts
    return Input(id_property, key.strip(), content.get("properties"), trace)


def _check_key(one: Input, contacts: Contacts) -> None:
    if not one.id or not one.id_property:
        raise invalid("Every input of an upsert needs an id and an idProperty", "no_key")
    portal = contacts.settings.portal_id
    if not contacts.is_unique(one.id_property):
        raise invalid(
            f"Unable to perform update/upsert by non-unique 0-1 property {one.id_property} in portal ID {portal}",
            "not_unique",
        )
    if one.id_property == "email" and not contacts.settings.variants.upsert_by_email:
        raise invalid("Partial upserts are not supported when using email as the idProperty for contacts", "by_email")


def _refuse_twins(inputs: list[Input]) -> None:
    keys = [one.id.casefold() for one in inputs]
    twins = sorted({key for key in keys if keys.count(key) > 1})
    traces = [one.trace for one in inputs if one.trace]
    if twins:
        message = f"Duplicate IDs found in batch input: [{', '.join(twins)}]. IDs must be unique"
        raise invalid(message, "twins", context={"ids": twins})
    if len(set(traces)) < len(traces):
        raise invalid("objectWriteTraceId must be unique within a batch", "twins")


def upsert(inputs: list[Input], contacts: Contacts) -> Outcome:
    """Does what can be done of a batch.

    Raises:
        Refused: one input cannot be taken and the batch has no trace ids; the caller must take everything back.
    """
    traced = contacts.settings.variants.multi_status and all(one.trace for one in inputs)
    outcome = Outcome([], [])
    for one in inputs:
        try:
            record, new = contacts.upsert(one.id_property, one.id, one.properties)
            outcome.kept.append((one, record.fields, new))
        except Refused as refused:
            if not traced:
                raise
            outcome.refused.append((one, refused))
    return outcome


def answer(outcome: Outcome, contacts: Contacts) -> tuple[int, dict[str, Any]]:
    """Status and content. The order of the results is not that of the inputs: nobody promised it."""
    results = [_result(*one, traced=contacts.settings.variants.trace_ids_in_results) for one in reversed(outcome.kept)]
    at = iso(contacts.now)
    content = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
    if not outcome.refused:
        return 200, content
    errors = [refused.in_batch(one.trace) for one, refused in outcome.refused]
    return 207, {**content, "numErrors": len(errors), "errors": errors}


def _result(one: Input, fields: dict[str, Any], new: bool, *, traced: bool) -> dict[str, Any]:
    given = tuple(one.properties) if isinstance(one.properties, dict) else ()
    trace = {"objectWriteTraceId": one.trace} if traced and one.trace else {}
    return {**shown(fields, (*given, "email")), "new": new, **trace}
