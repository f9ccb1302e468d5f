"""One call of the REST API: what was asked, and how it is answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.arrivals import Note, together
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.salesforce.errors import ApiError, unreadable

JSON_TYPES = {"application/json"}


@dataclass(frozen=True)
class Call:
    """`base` is the path up to the version, `parts` are the variable pieces of the rest of it."""

    request: Request
    base: str
    version: float
    parts: tuple[str, ...] = ()

    @property
    def allows_save(self) -> bool:
        """Whether a lead may pass that a duplicate rule only warns of (a header since API version 52)."""
        options = (self.request.header("sforce-duplicate-rule-header") or "").replace(",", ";").split(";")
        return self.version >= 52 and "allowsave=true" in [option.replace(" ", "").lower() for option in options]

    def content(self) -> Any:
        """The body as JSON. Raises ApiError."""
        kind = (self.request.header("content-type") or "").partition(";")[0].strip().lower()
        if kind not in JSON_TYPES:
            message = "The entity is in a format not supported by the requested resource for the requested method"
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", message)
        if not self.request.body:
            raise unreadable("The HTTP entity body is required, but this request has no entity body.")
        return parse(self.request.body)


@dataclass(frozen=True)
class Reply:
    """An answer, with what the log says: the record it is about and a short code, or a note for each of several."""

    answer: Answer
    record: str | None = None
    outcome: str = ""
    each: tuple[Note, ...] = ()


def parse(body: bytes) -> Any:
    """Raises ApiError."""
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair is not text
    except (ValueError, RecursionError):
        raise unreadable("Unexpected character: the entity body is not valid JSON at [line:1, column:1]") from None
    return content


def _no_constant(name: str) -> None:
    raise ValueError(name)


def note_of(request: Request, collection: str) -> Note:
    """Whom a request is about, or whom each of its records, as far as it can be read."""
    try:
        content = parse(request.body)
    except ApiError:
        return Note(collection)
    records = content.get("records") if isinstance(content, dict) else None
    return together([_note_of(one, collection) for one in (records if isinstance(records, list) else [content])])


def _note_of(content: object, collection: str) -> Note:
    values = content if isinstance(content, Mapping) else {}
    name = " ".join(part for part in (text_in(values, "firstname"), text_in(values, "lastname")) if part)
    return Note(collection, person=name, email=text_in(values, "email"))


def text_in(values: Mapping[str, Any], wanted: str) -> str:
    found = next((value for name, value in values.items() if name.lower() == wanted), None)
    return found if isinstance(found, str) else ""
