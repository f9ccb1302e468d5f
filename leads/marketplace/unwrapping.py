"""The fields of one lead's JSON object -> clean texts under our names.

Field names: Microsoft's "Use an HTTPS endpoint to manage leads". Its schema requires none and allows others, and their
letter case differs between its samples and real traffic.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from leads.marketplace.address import LONGEST_ADDRESS
from leads.marketplace.cleaning import Json, clean_json, clean_line, clean_text
from leads.marketplace.remark import Remark


class TextField(NamedTuple):
    """A documented field, our name for it, and how many characters of it we keep beside the raw request."""

    path: str
    attribute: str
    limit: int

    @property
    def folded_name(self) -> str:
        return self.path.rpartition(".")[2].casefold()


PERSON_FIELDS = (
    TextField("UserDetails.FirstName", "first_name", 500),
    TextField("UserDetails.LastName", "last_name", 500),
    TextField("UserDetails.Email", "email", LONGEST_ADDRESS),
    TextField("UserDetails.Phone", "phone", 500),
    TextField("UserDetails.Country", "country", 500),
    TextField("UserDetails.Company", "company", 500),
    TextField("UserDetails.Title", "title", 500),
)
LEAD_FIELDS = (
    TextField("LeadSource", "lead_source", 1_000),
    TextField("ActionCode", "action_code", 1_000),
    TextField("OfferTitle", "offer_title", 1_000),
    TextField("Description", "description", 10_000),
)
_PERSON = "UserDetails"


@dataclass
class Unwrapped:
    """What one lead holds: documented texts by attribute ("" where missing), the rest, and remarks."""

    texts: dict[str, str] = field(default_factory=dict)
    others: dict[str, object] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def unknown_fields(self) -> dict[str, Json]:
        """What is not documented, by dotted path in the sender's spelling."""
        cleaned = clean_json(self.others)
        return cleaned if isinstance(cleaned, dict) else {}

    def remark(self, code: str, **params: str | int) -> None:
        """Say it once: a field may be repeated a thousand times."""
        remark = Remark(code, params)
        if remark not in self.remarks:
            self.remarks.append(remark)


def unwrap(fields: Mapping[str, object]) -> Unwrapped:
    """Take the documented fields, whatever their letter case; nothing is required and nothing is refused."""
    unwrapped = Unwrapped()
    known = _sort(unwrapped, fields, _names(LEAD_FIELDS) | {_PERSON.casefold(): _PERSON})
    person = _sort_person(unwrapped, known.pop(_PERSON, None))
    for text_field in PERSON_FIELDS + LEAD_FIELDS:
        unwrapped.texts[text_field.attribute] = _text(unwrapped, text_field, (person | known).get(text_field.path))
    return unwrapped


def _names(text_fields: Iterable[TextField]) -> dict[str, str]:
    return {text_field.folded_name: text_field.path for text_field in text_fields}


def _sort(
    unwrapped: Unwrapped, fields: Mapping[str, object], wanted: Mapping[str, str], parent: str = ""
) -> dict[str, object]:
    """The wanted values by documented path, the first that is not empty of each; all else goes to the others."""
    found: dict[str, object] = {}
    seen: set[str] = set()
    for key, value in fields.items():
        name = clean_line(key)
        path = wanted.get(name.casefold())
        if path in seen:
            unwrapped.remark("repeated_field", field=path)
        if path:
            seen.add(path)
        if clean_json(value) is None:
            continue
        if path and path not in found:
            found[path] = value
        else:
            unwrapped.others.setdefault(parent + name, value)
    return found


def _sort_person(unwrapped: Unwrapped, details: object) -> dict[str, object]:
    if isinstance(details, Mapping):
        person = _sort(unwrapped, details, _names(PERSON_FIELDS), f"{_PERSON}.")
        if person:
            return person
    elif details is not None:
        unwrapped.remark("not_an_object_field", field=_PERSON)
        unwrapped.others[_PERSON] = details
    return _sort_person_at_top_level(unwrapped)


def _sort_person_at_top_level(unwrapped: Unwrapped) -> dict[str, object]:
    others, unwrapped.others = unwrapped.others, {}
    person = _sort(unwrapped, others, _names(PERSON_FIELDS))
    if person:
        unwrapped.remark("person_at_top_level")
    return person


def _text(unwrapped: Unwrapped, text_field: TextField, value: object) -> str:
    if isinstance(value, bool | int | float):
        unwrapped.remark("number_as_text", field=text_field.path)
        value = json.dumps(clean_json(value))
    if isinstance(value, dict | list):
        unwrapped.remark("not_text_field", field=text_field.path)
        unwrapped.others.setdefault(text_field.path, value)
        return ""
    return _shortened(unwrapped, text_field, str(value)) if value is not None else ""


def _shortened(unwrapped: Unwrapped, text_field: TextField, value: str) -> str:
    text = clean_text(value) if text_field.attribute == "description" else clean_line(value)
    if len(text) <= text_field.limit:
        return text
    if text_field.attribute == "email":  # half an address may be somebody else's
        unwrapped.remark("address_too_long", field=text_field.path, length=len(text), limit=text_field.limit)
        unwrapped.others.setdefault(text_field.path, value)
        return ""
    unwrapped.remark("shortened", field=text_field.path, length=len(text), limit=text_field.limit)
    return text[: text_field.limit].rstrip()
