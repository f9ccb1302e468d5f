"""What the log of requests says about a call."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.sandbox.arrivals import Note
from integrations.sandbox.hubspot.batch import Outcome
from integrations.sandbox.hubspot.contacts import CONTACTS
from integrations.sandbox.records import Record


def note_of(content: object) -> Note:
    """What the body of a write says of the person it is about: of the first, where there are several."""
    inputs = content.get("inputs", [content]) if isinstance(content, dict) else None
    first = inputs[0] if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) else {}
    properties = first.get("properties")
    return Note(CONTACTS, None, *_person(properties if isinstance(properties, dict) else {}))


def note_of_record(record: Record, findings: Mapping[str, str]) -> Note:
    return Note(CONTACTS, record.key, *_person(record.fields), findings)


def note_of_batch(content: object, outcome: Outcome) -> Note:
    arrivals = {"new" if new else "updated" for _, _, new in outcome.kept}
    findings = {"arrival": arrivals.pop() if len(arrivals) == 1 else "mixed"} if arrivals else {}
    if outcome.refused:
        findings["refused"] = outcome.refused[0][1].problem
    key = outcome.kept[0][1]["hs_object_id"] if len(outcome.kept) == 1 else None
    return replace(note_of(content), key=key, findings=findings)


def _person(properties: Mapping[str, Any]) -> tuple[str, str]:
    first, last, email = (str(properties.get(name) or "") for name in ("firstname", "lastname", "email"))
    return " ".join(part for part in (first, last) if part), email
