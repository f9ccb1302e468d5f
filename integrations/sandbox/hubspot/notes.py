"""What the log of requests says about a call."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.sandbox.arrivals import Note, together
from integrations.sandbox.hubspot.batch import Outcome
from integrations.sandbox.hubspot.contacts import CONTACTS
from integrations.sandbox.records import Record


def note_of(content: object) -> Note:
    """What the body of a write says of the person it is about, or of each."""
    inputs = content.get("inputs", [content]) if isinstance(content, dict) else None
    return together([_note_of_input(one) for one in inputs] if isinstance(inputs, list) else [])


def note_of_record(record: Record, findings: Mapping[str, str]) -> Note:
    return Note(CONTACTS, record.key, *_person(record.fields), findings)


def note_of_batch(outcome: Outcome) -> Note:
    kept = [
        Note(CONTACTS, fields["hs_object_id"], *_person(fields), {"arrival": "new" if new else "updated"})
        for _, fields, new in outcome.kept
    ]
    refused = [
        Note(CONTACTS, None, *_person(one.properties), {"refused": refusal.problem}) for one, refusal in outcome.refused
    ]
    arrivals = {note.findings["arrival"] for note in kept}
    findings = {"arrival": arrivals.pop() if len(arrivals) == 1 else "mixed"} if arrivals else {}
    return replace(together([*kept, *refused]), findings={**findings, **(refused[0].findings if refused else {})})


def _note_of_input(content: object) -> Note:
    return Note(CONTACTS, None, *_person(content.get("properties") if isinstance(content, dict) else None))


def _person(properties: object) -> tuple[str, str]:
    values: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    first, last, email = (str(values.get(name) or "") for name in ("firstname", "lastname", "email"))
    return " ".join(part for part in (first, last) if part), email
