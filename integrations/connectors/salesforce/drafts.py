"""A record in Salesforce's words, and once more after a refusal that other words may answer; pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from integrations.connectors.salesforce.refusals import PLACES, Refusal
from integrations.contract import Note, Record
from integrations.mapping import FieldMap, TargetField


class Draft(NamedTuple):
    """What is sent for a record. After a refusal, ``record`` and ``fields`` are not quite the given ones any more."""

    record: Record
    fields: FieldMap
    values: dict[str, Any]
    notes: tuple[Note, ...]


def draft_of(record: Record, fields: FieldMap, notes: Sequence[Note] = ()) -> Draft:
    values, about_values = fields.translate(record)
    return Draft(record, fields, values, (*about_values, *notes))


def improved(draft: Draft, refusals: Sequence[Refusal]) -> Draft | None:
    """A draft that answers all the refusals: texts cut to the length that Salesforce named, an e-mail address or a
    place moved to the description. ``None`` when a refusal is of another kind."""
    record, fields, notes = draft.record, draft.fields, []
    for refusal in refusals:
        shorter = _too_long(refusal, draft)
        moved = [] if shorter else _not_taken(refusal, draft)
        if not shorter and not moved:
            return None
        for name in shorter:
            fields = _limited(fields, name, refusal.limit)
            notes.append(Note("sent_again_shorter", {"field": name, "limit": refusal.limit or 0}))
        for name in moved:
            record, fields = _described(record, fields, name, draft.values[name]), _without(fields, name)
            notes.append(Note("sent_without", {"field": name}))
    return draft_of(record, fields, notes) if notes else None


def _too_long(refusal: Refusal, draft: Draft) -> list[str]:
    if refusal.code != "STRING_TOO_LONG" or not refusal.limit:
        return []
    return [name for name in refusal.fields if name in draft.values]


def _not_taken(refusal: Refusal, draft: Draft) -> list[str]:
    """All places at once: a state without its country is refused as well."""
    if refusal.is_about_a_place:
        return [name for name in draft.values if name in PLACES]
    if refusal.code == "INVALID_EMAIL_ADDRESS":
        return [name for name in refusal.fields if name in draft.values]
    return []


def _limited(fields: FieldMap, name: str, limit: int | None) -> FieldMap:
    target = fields.targets.get(name) or TargetField(name=name)
    return replace(fields, targets={**fields.targets, name: replace(target, max_length=limit)})


def _without(fields: FieldMap, name: str) -> FieldMap:
    return fields.with_rules(rule for rule in fields.rules if rule.target != name)


def _described(record: Record, fields: FieldMap, name: str, value: Any) -> Record:
    target = fields.targets.get(name)
    line = f"{(target and target.label) or name}: {value}"
    return replace(record, description=f"{record.description.strip()}\n\n{line}".strip())
