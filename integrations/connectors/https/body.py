"""A record as JSON, in the shapes of the marketplace's own webhook and as an event; pure.

The shapes follow Microsoft's "Use an HTTPS endpoint to manage leads"; the event follows the recommendations on
payloads of the Standard Webhooks specification.
"""

from datetime import UTC
from typing import Any

from integrations.contract import Record


def documented(record: Record) -> dict[str, Any]:
    """As Microsoft documents it. Every key is always there: receivers were written for that."""
    return {
        "UserDetails": {
            "FirstName": record.first_name,
            "LastName": record.last_name,
            "Email": record.email,
            "Phone": record.phone,
            "Country": record.country,
            "Company": record.company,
            "Title": record.title,
        },
        "LeadSource": record.lead_source,
        "ActionCode": record.action,
        "OfferTitle": record.offer_title,
        "Description": record.description,
    }


def camel_case(record: Record) -> dict[str, Any]:
    """The documented shape with the letter case that is seen in live traffic."""
    return _with_small_initials(documented(record))


def event(record: Record) -> dict[str, Any]:
    """The documented shape in an envelope. ``timestamp`` is the lead's own time, the same in every try."""
    received_at = record.received_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    envelope = {
        "type": "lead.created",
        "timestamp": received_at,
        "data": {"id": str(record.key)} | documented(record),
    }
    return envelope | {"test": True} if record.is_test else envelope


def _with_small_initials(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name[0].lower() + name[1:]: _with_small_initials(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
