"""How a request names a lead: by its id, or by an alternate key.

Source: Microsoft's "Use an alternate key to reference a record".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from integrations.sandbox.dataverse.columns import Column, Kind, Table, Value
from integrations.sandbox.dataverse.errors import bad_request, unknown_key
from integrations.sandbox.dataverse.settings import UUID

_PAIR = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(?:'((?:[^']|'')*)'|(-?\d{1,10}))\s*(?:,|$)")
_UNADDRESSABLE = re.compile(r"[/<>*%&:\\?+]")
_LEAD = re.compile(r"(?:.*/)?leads\((.*)\)", re.DOTALL)


@dataclass(frozen=True)
class Address:
    """Which lead is meant; one of the two is given. `text` is what stood between the brackets."""

    text: str
    lead_id: str | None = None
    key: Mapping[str, Value] | None = None


def read_address(text: str, table: Table, key_code: str) -> Address:
    """What stands between the brackets of `leads(…)`, percent-encoded as it came.

    Raises:
        ApiError: it is neither an id nor a usable alternate key; `key_code` is the code of that error.
    """
    plain = unquote(text)
    if UUID.fullmatch(plain):
        return Address(text, lead_id=plain.lower())
    pairs = _read_pairs(plain)
    if not pairs or table.key_on(set(pairs)) is None:
        raise unknown_key(key_code)
    values = {name: _value(table.columns[name], value) for name, value in pairs.items()}
    return Address(text, key=values)


def read_reference(text: object, table: Table, key_code: str) -> Address:
    """The lead of an `@odata.id`: `leads(…)`, alone or at the end of an address.

    Raises:
        ApiError: it names none.
    """
    found = _LEAD.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise unknown_key(key_code)
    return read_address(found[1], table, key_code)


def _read_pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    position = 0
    while found := _PAIR.match(text, position):
        pairs[found[1]] = found[3] if found[2] is None else found[2].replace("''", "'")
        position = found.end()
    return pairs if position == len(text) else {}


def _value(column: Column, text: str) -> Value:
    if _UNADDRESSABLE.search(text):
        raise bad_request("Bad Request - Error in query syntax.", "key")
    return int(text) if column.kind is Kind.WHOLE and re.fullmatch(r"-?\d+", text) else text
