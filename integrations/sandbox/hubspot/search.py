"""`POST …/contacts/search`: filter groups, any of which may match, each with filters that must all match."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.sandbox.hubspot.contacts import SHOWN, shown
from integrations.sandbox.hubspot.properties import Table
from integrations.sandbox.hubspot.refusal import invalid, unreadable

MOST_GROUPS, MOST_FILTERS, MOST_RESULTS = 5, 6, 200

_NAME = re.compile("[a-z0-9_]+")

Properties = Mapping[str, Any]
Test = Callable[[Properties], bool]


def search(content: object, table: Table, contacts: Sequence[Properties]) -> dict[str, Any]:
    """The answer to a search over these contacts. Raises Refused."""
    if not isinstance(content, dict):
        raise unreadable("Cannot deserialize value of type `PublicObjectSearchRequest`")
    tests = [_group(group, table) for group in _list(content, "filterGroups", MOST_GROUPS)]
    limit, after = _whole(content, "limit", 10), _whole(content, "after", 0)
    if not 0 < limit <= MOST_RESULTS:
        raise invalid(f"The limit must be between 1 and {MOST_RESULTS}.")
    found = [contact for contact in contacts if not tests or any(test(contact) for test in tests)]
    names = tuple(name for name in _list(content, "properties", 10_000) if isinstance(name, str)) or SHOWN
    page = [shown(contact, names) for contact in found[after : after + limit]]
    more = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(found) else {}
    return {"total": len(found), "results": page, **more}


def exact_values(content: object) -> list[tuple[str, str]] | None:
    """Property and value of which every match has one, so that an index can be asked; None: it cannot."""
    groups = content.get("filterGroups") if isinstance(content, dict) else None
    if not isinstance(groups, list) or not groups:
        return None
    found = [_exact_value(group) for group in groups]
    return [pair for pair in found if pair] if all(found) else None


def _exact_value(group: object) -> tuple[str, str] | None:
    filters = group.get("filters") if isinstance(group, dict) else None
    for one in filters if isinstance(filters, list) else []:
        if isinstance(one, dict) and one.get("operator") == "EQ" and _NAME.fullmatch(str(one.get("propertyName"))):
            return str(one["propertyName"]), str(one.get("value", ""))
    return None


def _group(group: object, table: Table) -> Test:
    if not isinstance(group, dict):
        raise unreadable("Cannot deserialize value of type `FilterGroup`")
    tests = [_filter(one, table) for one in _list(group, "filters", MOST_FILTERS)]
    return lambda contact: all(test(contact) for test in tests)


def _filter(one: object, table: Table) -> Test:
    if not isinstance(one, dict):
        raise unreadable("Cannot deserialize value of type `Filter`")
    name, operator = str(one.get("propertyName")), one.get("operator")
    if name not in table:
        raise invalid(
            f'There was a problem with the request: property "{name}" does not exist', "property_doesnt_exist"
        )

    def read(contact: Properties) -> str:
        return str(contact.get(name) or "").casefold()

    wanted = [str(value).casefold() for value in _list(one, "values", 100)]
    value = str(one.get("value", "")).casefold()
    tests: dict[object, Test] = {
        "EQ": lambda contact: read(contact) == value != "",
        "NEQ": lambda contact: read(contact) != value,
        "IN": lambda contact: read(contact) in wanted,
        "NOT_IN": lambda contact: read(contact) not in wanted,
        "HAS_PROPERTY": lambda contact: bool(read(contact)),
        "NOT_HAS_PROPERTY": lambda contact: not read(contact),
    }
    if operator not in tests:
        raise unreadable(f"Enum type must be one of: {', '.join(map(str, tests))}")
    return tests[operator]


def _list(content: Mapping[str, Any], name: str, most: int) -> list[Any]:
    values = content.get(name, [])
    if not isinstance(values, list):
        raise unreadable(f"Cannot deserialize value of type `java.util.ArrayList` of {name}")
    if len(values) > most:
        raise invalid(f"There are too many {name}: at most {most} are allowed.")
    return values


def _whole(content: Mapping[str, Any], name: str, default: int) -> int:
    value = content.get(name, default)
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
        raise unreadable(f"Cannot deserialize value of type `int` of {name}")
    return int(value)
