"""Recognises the same content sent again: the marketplace gives its leads no id."""

import json
from collections.abc import Mapping
from hashlib import sha256

from leads.marketplace.cleaning import clean_json


def fingerprint(fields: Mapping[str, object]) -> str:
    """Hex SHA-256 of what the fields say: no matter their order, the letter case of names, blanks around values or
    whether empties are sent. Stored and compared later, so it must not change from one release to the next."""
    content = clean_json(fields, fold_names=True) or {}
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
