"""What HubSpot's successes say, one by one; pure (HubSpot's "Contacts" reference)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from integrations.connectors.hubspot.contacts import EMAIL, Contact
from integrations.contract import Arrival, Delivered

_CONTACT_ID = re.compile(r"[0-9]{1,20}")


class Entry(NamedTuple):
    """What a batch's answer says of one contact."""

    content: dict[str, Any]
    is_error: bool

    def alone(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The answer as if nobody else had been in the batch."""
        results, errors = ([], [self.content]) if self.is_error else ([self.content], [])
        return {**answer, "results": results} | ({"errors": errors} if errors or "errors" in answer else {})


def entries_in(content: Any, contacts: Sequence[Contact]) -> dict[UUID, Entry] | None:
    """By key. The order of the entries means nothing; they are told apart by trace id, results also by e-mail address.
    What neither names belongs to the one contact that was sent alone. ``None`` for no answer to a batch."""
    if not isinstance(content, dict) or not isinstance(content.get("results"), list):
        return None
    entries = [Entry(entry, is_error=False) for entry in _objects(content["results"])]
    entries += [Entry(entry, is_error=True) for entry in _objects(content.get("errors"))]
    if len(contacts) == 1 and len(entries) == 1:
        return {contacts[0].key: entries[0]}
    keys = {str(contact.key): contact.key for contact in contacts} | {each.identity: each.key for each in contacts}
    return {keys[name]: entry for entry in entries for name in _names_of(entry.content) if name in keys}


def delivered(content: Any) -> Delivered | None:
    """A contact that HubSpot created or updated; ``None`` for what names none."""
    number = content.get("id") if isinstance(content, dict) else None
    if not isinstance(number, (str, int)) or not _CONTACT_ID.fullmatch(str(number)):
        return None
    return Delivered(Arrival.CREATED if content.get("new") is True else Arrival.UPDATED, str(number))


def found_in(content: Any) -> str | None:
    """The contact that a search found; empty where it found none, ``None`` for no answer to a search."""
    results = content.get("results") if isinstance(content, dict) else None
    if not isinstance(results, list):
        return None
    first = delivered(results[0]) if results else None
    return first.external_id if first else None if results else ""


def _names_of(entry: Mapping[str, Any]) -> Iterable[str]:
    """Trace ids, and the e-mail address in small letters."""
    context, properties = entry.get("context"), entry.get("properties")
    traces = [entry.get("objectWriteTraceId"), context.get("objectWriteTraceId") if isinstance(context, dict) else None]
    email = properties.get(EMAIL) if isinstance(properties, dict) else None
    for name in (*traces, email):
        for text in name if isinstance(name, list) else [name]:
            if isinstance(text, str):
                yield text.casefold()


def _objects(listed: Any) -> list[dict[str, Any]]:
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
