"""All that is kept about one person, for the person: as one JSON document that people can read."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from leads.privacy.people import Person
from leads.privacy.places import PLACES, Held, Place


def overview_of(person: Person) -> list[tuple[Place, Held]]:
    """Where something is kept: how much, and from when to when. Two queries for each place."""
    return [(place, held) for place in PLACES if (held := place.held(person.lead_ids)).rows]


def document_of(person: Person) -> str:
    """Of each place no more than ``leads.privacy.places.MOST`` rows."""
    content = {
        "made_at": timezone.now(),
        "about": {"addresses": person.addresses, "names": person.names},
        **{place.name: [_readable(row) for row in place.handed_out(person.lead_ids)] for place in PLACES},
    }
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    texts = {name: _text(value) for name, value in row.items()}
    return {name: value for name, value in texts.items() if value not in ("", None, [], {})}


def _text(value: Any) -> Any:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else value
