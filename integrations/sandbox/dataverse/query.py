"""Query options, of which only those are taken that the resource knows."""

import re
from collections.abc import Collection, Mapping

from integrations.sandbox.dataverse.columns import Column, Table
from integrations.sandbox.dataverse.errors import bad_request
from integrations.sandbox.messages import Request

_NAMES = re.compile(r"\s*\w+\s*(,\s*\w+\s*)*")


def read_options(request: Request, known: Collection[str]) -> Mapping[str, str]:
    """The query options.

    Raises:
        ApiError: one is not known.
    """
    for name in request.query:
        if name not in known:
            raise bad_request(f"The query parameter {name} is not supported.", "query")
    return request.query


def read_names(text: str) -> list[str]:
    """The names of a `$select`.

    Raises:
        ApiError: it is no list of names.
    """
    if not _NAMES.fullmatch(text):
        raise bad_request(f"Syntax error in '{text}'.", "query")
    return [name.strip() for name in text.split(",")]


def select_columns(request: Request, table: Table) -> list[Column]:
    """The columns that `$select` asks for, else all.

    Raises:
        ApiError: there is no such column, or another query option is given.
    """
    text = read_options(request, {"$select"}).get("$select")
    if text is None:
        return list(table.columns.values())
    by_property = {column.property_name: column for column in table.columns.values()}
    return [by_property[name] for name in read_names(text) if name in by_property or _unknown(name)]


def _unknown(name: str) -> bool:
    raise no_property(name, "Microsoft.Dynamics.CRM.lead")


def no_property(name: str, kind: str) -> Exception:
    return bad_request(f"Could not find a property named '{name}' on type '{kind}'.", "query")
