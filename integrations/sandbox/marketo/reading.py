"""Reads the settings from JSON, each by its own rule."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from integrations.sandbox.inputs import Fields
from integrations.sandbox.marketo.entries import (
    BAD_REQUEST,
    DROP,
    FORM_FIELDS,
    HTML,
    MERGE,
    OFF,
    PERMISSIONS,
    RECORDS,
    REQUEST,
    Form,
    Planned,
)
from integrations.sandbox.marketo.fields import CUT, REFUSE, LeadField

DAY = 86_400
NEW_FIELD = LeadField(2000, "", "", "")

_ID = re.compile("[A-Za-z0-9_-]{1,64}")
_FORM_ID = re.compile("[1-9][0-9]{0,7}")
_CODE = re.compile("[0-9]{3,4}")


def _read_id(given: Fields, name: str, present: str) -> str:
    value = given.text(name, present)
    if not _ID.fullmatch(value):
        raise given.bad(name, "name")
    return value


def _read_texts(given: Fields, name: str, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
    values = given.raw(name)
    if not isinstance(values, list):
        raise given.bad(name, "choice", choices=f'["{'", "'.join(choices) or "…"}"]')
    listed = Fields({str(place): value for place, value in enumerate(values)}, given.name_of(name))
    places = map(str, range(len(values)))
    return tuple(listed.choice(place, choices) if choices else listed.text(place, "") for place in places)


def _read_named[One](
    given: Fields, name: str, present: Mapping[str, One], read: Callable[[Fields, str], One]
) -> dict[str, One]:
    """Entries by name; null takes one away."""
    entries = given.mapping(name)
    inside = Fields(entries, given.name_of(name))
    merged = dict(present)
    for entry, value in entries.items():
        if value is None:
            merged.pop(entry, None)
        else:
            merged[entry] = read(inside, entry)
    return merged


def _read_fields(given: Fields, name: str, present: Mapping[str, LeadField]) -> dict[str, LeadField]:
    def read(inside: Fields, entry: str) -> LeadField:
        if not _ID.fullmatch(entry):
            raise inside.bad(entry, "name")
        start = present.get(entry) or replace(NEW_FIELD, name=entry, display=entry, soap=entry)
        return start.merged(Fields(inside.mapping(entry), inside.name_of(entry)))

    return _read_named(given, name, present, read)


def _read_forms(given: Fields, name: str, present: Mapping[str, Form]) -> dict[str, Form]:
    def read(inside: Fields, entry: str) -> Form:
        if not _FORM_ID.fullmatch(entry):
            raise inside.bad(entry, "whole", low=1, high=99_999_999)
        form = Fields(inside.mapping(entry), inside.name_of(entry))
        start = present.get(entry) or Form(f"Form {entry}", FORM_FIELDS)
        listed = _read_texts(form, "fields") if "fields" in form else start.fields
        merged = Form(form.text("name", start.name), listed, form.header_value("followUpUrl", start.follow_up))
        form.finish()
        return merged

    return _read_named(given, name, present, read)


def _read_planned(given: Fields, name: str) -> tuple[Planned, ...]:
    several = given.raw(name)
    if not isinstance(several, list):
        raise given.bad(name, "choice", choices='[{"codes": ["604"]}]')
    return tuple(_read_plan(Fields(one, f"{given.name_of(name)}.{place}")) for place, one in enumerate(several))


def _read_plan(plan: Fields) -> Planned:
    codes = _read_texts(plan, "codes")
    if not codes or not all(_CODE.fullmatch(code) for code in codes):
        raise plan.bad("codes", "whole", low=100, high=9999)
    times = plan.raw("times") if plan.is_null("times") else plan.whole("times", 1, 10_000, 1)
    planned = Planned(codes, times, plan.flag("kept", False), plan.text("path", ""))
    plan.finish()
    return planned


def _choice(*choices: str) -> Callable[[Fields, str, Any], str]:
    return lambda given, name, present: given.choice(name, choices)


READERS: Mapping[str, Callable[[Fields, str, Any], object]] = {
    "munchkin_id": _read_id,
    "client_id": _read_id,
    "client_secret": lambda given, name, present: given.header_value(name, present),
    "api_user": lambda given, name, present: given.text(name, present),
    "token_seconds": lambda given, name, present: given.whole(name, 1, DAY, present),
    "permissions": lambda given, name, present: _read_texts(given, name, PERMISSIONS),
    "fields": _read_fields,
    "partitions": lambda given, name, present: _read_named(given, name, present, lambda one, at: one.flag(at, True)),
    "programs": lambda given, name, present: _read_named(given, name, present, _read_texts),
    "forms": _read_forms,
    "limits": lambda given, name, present: present.merged(Fields(given.mapping(name), given.name_of(name))),
    "race_window": lambda given, name, present: given.number(name, 0, 90, present),
    "too_long": _choice(REFUSE, CUT),
    "duplicates": _choice(REFUSE, MERGE),
    "parameter_errors": _choice(RECORDS, REQUEST),
    "unknown_form": _choice(HTML, BAD_REQUEST),
    "checksum": _choice(OFF, REFUSE, DROP),
    "planned_errors": lambda given, name, present: _read_planned(given, name),
}
