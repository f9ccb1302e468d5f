"""Whom a request is about, for the log: read without checking anything."""

import json
from typing import Any
from urllib.parse import parse_qsl

from integrations.sandbox.arrivals import Note, together
from integrations.sandbox.messages import Request

REST_NAMES, SOAP_NAMES = ("firstName", "lastName", "email"), ("FirstName", "LastName", "Email")


def about(request: Request) -> Note:
    """Name and e-mail address of the person, or of each."""
    if request.path.startswith("/index.php/"):
        posted = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        return _note(posted, SOAP_NAMES)
    return together([_note(person, REST_NAMES) for person in _people(request.body)])


def _people(body: bytes) -> list[dict[str, Any]]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return []
    entries = content.get("input") if isinstance(content, dict) else None
    people = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    submitted = people[0].get("leadFormFields") if people else None
    return [submitted] if isinstance(submitted, dict) else people


def _note(person: dict[str, Any], names: tuple[str, str, str]) -> Note:
    first, last, email = (value if isinstance(value := person.get(name), str) else "" for name in names)
    return Note(person=" ".join(part for part in (first, last) if part), email=email)
