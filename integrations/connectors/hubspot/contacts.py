"""Records in HubSpot's words, and which of them may share a call; pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

from integrations.contract import Failure, FailureKind, Note, Record
from integrations.mapping import FieldMap

MOST = 100
EMAIL = "email"
_ONE_OF = (EMAIL, "firstname", "lastname")


@dataclass(frozen=True, slots=True)
class Contact:
    """``properties`` as HubSpot takes them: texts only."""

    key: UUID
    properties: dict[str, str]
    notes: tuple[Note, ...] = ()

    @property
    def email(self) -> str:
        return self.properties.get(EMAIL, "")

    @property
    def identity(self) -> str:
        """By which HubSpot knows the person, whatever the case of the letters; empty where it cannot."""
        return self.email.casefold()

    def as_input(self) -> dict[str, Any]:
        """One of a batch to create or update. The trace id comes back with what became of this one."""
        return {
            "idProperty": EMAIL,
            "id": self.email,
            "objectWriteTraceId": str(self.key),
            "properties": self.properties,
        }


def contact_of(record: Record, fields: FieldMap) -> Contact:
    translated = fields.translate(record)
    properties = {name: _text(value) for name, value in translated.values.items()}
    return Contact(record.key, properties, translated.notes)


def refusal_of(contact: Contact) -> Failure | None:
    """HubSpot takes nobody who has neither an e-mail address nor a name."""
    if any(contact.properties.get(name) for name in _ONE_OF):
        return None
    return Failure(kind=FailureKind.REJECTED, cause="hubspot_nobody")


def batches_of(contacts: Iterable[Contact], most: int = MOST) -> Iterator[Sequence[Contact]]:
    """Nobody twice in one of them, which HubSpot refuses as a whole: a person's second record comes in a later batch
    than the first."""
    seen: Counter[str] = Counter()
    rounds: defaultdict[int, list[Contact]] = defaultdict(list)
    for contact in contacts:
        rounds[seen[contact.identity]].append(contact)
        seen[contact.identity] += 1
    for each in rounds.values():
        yield from batched(each, most)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
