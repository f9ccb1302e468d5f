"""Reads a body as a strict receiver does: one JSON object in one of the three shapes a lead may have."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from integrations.sandbox.receiver.refusal import Refused

Json = dict[str, Any]
Spelling = Callable[[str], str]

_PERSON = ("FirstName", "LastName", "Email", "Phone", "Country", "Company", "Title")
_LEAD = ("LeadSource", "ActionCode", "OfferTitle", "Description")
_MEDIA_TYPE = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE)
_EVENT_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)  # RFC 3339


class Shape(StrEnum):
    """The three shapes: an event around the lead, Microsoft's documented names, the same in camel case."""

    ENVELOPE = "envelope"
    DOCUMENTED = "documented"
    CAMEL = "camel"


@dataclass(frozen=True)
class Body:
    """A body that was understood."""

    shape: Shape
    content: Json
    person: str
    email: str


def read_body(body: bytes, content_type: str | None) -> Body:
    """Raises Refused for anything but a lead in one of the shapes."""
    if not _MEDIA_TYPE.fullmatch(content_type or ""):
        raise Refused("media_type", 415)
    content = _parse(body)
    shape = _shape_of(content)
    spelling = _SPELLINGS.get(shape)
    person = _person_of(content, spelling) if spelling else _person_of_event(content["data"])
    name = " ".join(part for part in (person["FirstName"], person["LastName"]) if part)
    return Body(shape, content, name, person["Email"])


def _parse(body: bytes) -> Json:
    if not body:
        raise Refused("empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not_utf8") from None
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair is not text
    except UnicodeEncodeError:
        raise Refused("not_utf8") from None
    except (ValueError, RecursionError):
        raise Refused("not_json") from None
    if not isinstance(content, dict):
        raise Refused("not_object")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    if len(dict(pairs)) < len(pairs):
        raise Refused("repeated_name")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise Refused("not_json")


def _shape_of(content: Json) -> Shape:
    if _is_envelope(content):
        return Shape.ENVELOPE
    for shape, spell in _SPELLINGS.items():
        if spell("UserDetails") in content:
            return shape
    raise Refused("unknown_shape")


def _is_envelope(content: Json) -> bool:
    kind, at, event = content.get("type"), content.get("timestamp"), content.get("data")
    if not (isinstance(kind, str) and isinstance(at, str) and isinstance(event, dict)):
        return False
    return bool(_EVENT_TYPE.fullmatch(kind)) and _is_time(at) and isinstance(event.get("id"), str)


def _is_time(text: str) -> bool:
    try:
        return bool(_TIME.fullmatch(text)) and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _person_of_event(event: Json) -> dict[str, str]:
    """Events other than new leads may name the person without `UserDetails`, or nobody."""
    return _person_of(event if "UserDetails" in event else {"UserDetails": event}, _as_documented)


def _person_of(lead: Json, spell: Spelling) -> dict[str, str]:
    """The person's fields under their documented names, empty where missing."""
    details = lead[spell("UserDetails")]
    if not isinstance(details, dict):
        raise Refused("wrong_type")
    _refuse_other_spelling(lead, details, spell)
    person = {name: details.get(spell(name), "") for name in _PERSON}
    if not all(isinstance(value, str) for value in (*person.values(), *(lead.get(spell(name), "") for name in _LEAD))):
        raise Refused("wrong_type")
    return person


def _refuse_other_spelling(lead: Json, details: Json, spell: Spelling) -> None:
    other = _as_camel if spell is _as_documented else _as_documented
    if any(other(name) in lead for name in ("UserDetails", *_LEAD)) or any(other(name) in details for name in _PERSON):
        raise Refused("unknown_shape")


def _as_documented(name: str) -> str:
    return name


def _as_camel(name: str) -> str:
    return name[0].lower() + name[1:]


_SPELLINGS: dict[Shape, Spelling] = {Shape.DOCUMENTED: _as_documented, Shape.CAMEL: _as_camel}
