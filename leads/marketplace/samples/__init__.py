"""Requests to try things out with, byte for byte. The people in them are invented.

``a_`` to ``j_`` have the shapes that Microsoft's "Use an HTTPS endpoint to manage leads" and its forerunners document;
the others are spoilt in the ways that senders are known to spoil them.
"""

import json
from pathlib import Path
from typing import Any

from leads.marketplace.body import UnreadablePayload, read_leads

_FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


class UnknownSample(Exception):
    """There is no sample of this name."""


class CannotVary(Exception):
    """Nobody in the sample could be given another name: no lead can be read from it."""


def body_of(name: str) -> bytes:
    """The request's body. Raises ``UnknownSample``."""
    if name not in NAMES:
        raise UnknownSample(name)
    return (_FOLDER / f"{name}.json").read_bytes()


def varied(body: bytes, mark: str) -> bytes:
    """The same leads of other people: ``mark`` goes into last names and e-mail addresses, so that nothing looks like
    a repeat. Raises ``CannotVary``.
    """
    try:
        leads = read_leads(body).leads.values()
    except UnreadablePayload as error:
        raise CannotVary from error
    several = [_varied(lead, mark) for lead in leads]
    return json.dumps(several[0] if len(several) == 1 else several, ensure_ascii=False).encode("utf-8", "replace")


def _varied(lead: Any, mark: str) -> dict[str, Any]:
    varied: dict[str, Any] = {name: _with_mark(name, value, mark) for name, value in lead.items()}
    return varied if varied != lead else {**lead, "LastName": mark}


def _with_mark(name: str, value: Any, mark: str) -> Any:
    if isinstance(value, dict):
        return {inner: _with_mark(inner, content, mark) for inner, content in value.items()}
    if not isinstance(value, str) or not value:
        return value
    match name.casefold():
        case "email":
            local, at, domain = value.rpartition("@")
            return f"{local}+{mark}@{domain}" if at else value
        case "lastname":
            return f"{value} {mark}"
    return value
