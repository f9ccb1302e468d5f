"""A lead that Salesforce takes for a duplicate may be its own: of an earlier try that nobody heard of; pure.

Duplicate rules and other unique fields are looked at before the field with the key is, so the key is searched for.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from integrations.connectors.salesforce.refusals import LEAD_ID
from integrations.contract import Delivered, Failure

_CAUSES = ("salesforce_duplicate_rule", "salesforce_value_not_unique")


def is_doubtful(result: Delivered | Failure) -> bool:
    return isinstance(result, Failure) and result.cause in _CAUSES


def search_for(keys: Iterable[UUID], key_field: str) -> str:
    """Path and query of the search. Neither keys nor an API name have anything that SOQL would need escaped."""
    listed = ",".join(f"'{key}'" for key in keys)
    soql = f"SELECT Id, {key_field} FROM Lead WHERE {key_field} IN ({listed})"  # noqa: S608 - see above
    return f"/query?{urlencode({'q': soql})}"


def read_found(content: Any, key_field: str) -> dict[str, str]:
    """IDs of leads by key; empty for what is no answer to a search."""
    rows = content.get("records") if isinstance(content, dict) else None
    return {
        str(row.get(key_field, "")).lower(): row["Id"]
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and LEAD_ID.fullmatch(str(row.get("Id")))
    }
