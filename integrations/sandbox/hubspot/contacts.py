"""The contacts of a portal: one for each e-mail address and for each value of a unique property."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.arrivals import iso
from integrations.sandbox.hubspot.properties import cleaned
from integrations.sandbox.hubspot.refusal import InvalidValues, conflict, invalid, locked
from integrations.sandbox.hubspot.search_index import SearchIndex
from integrations.sandbox.hubspot.settings import Settings
from integrations.sandbox.journal import Journal
from integrations.sandbox.records import Record, Records

CONTACTS = "contacts"
FIRST_ID = 512
SHOWN = ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname")
NAMING = ("email", "firstname", "lastname")


@dataclass(frozen=True)
class Contacts:
    """The contacts as they are at the time `now` (Unix seconds) under these settings."""

    records: Records
    journal: Journal
    index: SearchIndex
    settings: Settings
    now: float

    def by_id(self, key: str) -> Record | None:
        return self.records.get(CONTACTS, key)

    def by_value(self, name: str, value: str) -> Record | None:
        """The contact with this value of a unique property, whatever its letter case."""
        return next(iter(self.records.find(CONTACTS, name, value.strip(), ignore_case=True)), None)

    def possible(self, values: Sequence[tuple[str, str]] | None) -> list[Record]:
        """All that a search for contacts with one of these values may find; None: all contacts."""
        if values is None:
            return self.records.all(CONTACTS)
        lagging = (self.by_id(key) for key in self.index.lagging(self.now))
        found = [record for pair in values for record in self.records.find(CONTACTS, *pair, ignore_case=True)]
        by_key = {record.key: record for record in (*found, *lagging) if record}
        return [by_key[key] for key in sorted(by_key, key=int)]

    def is_unique(self, name: str) -> bool:
        return name == "email" or (name in self.settings.properties and self.settings.properties[name].unique)

    def create(self, content: object) -> Record:
        """Raises Refused."""
        values = {name: value for name, value in cleaned(self.settings.properties, content).items() if value}
        if not any(values.get(name) for name in NAMING):
            raise invalid("At least one of the properties email, firstname and lastname is required.", "unnamed")
        self._refuse_taken(values, None)
        key = self._next_id()
        stamp = {"hs_object_id": key, "createdate": iso(self.now), "lastmodifieddate": iso(self.now)}
        self.index.will_lag(key, None, self.now, self.settings.search_delay)
        self.records.create(CONTACTS, key, {**values, **stamp})
        return self._kept(key)

    def update(self, record: Record, content: object) -> Record:
        """Overwrites what is given; an empty text clears. Raises Refused."""
        values = cleaned(self.settings.properties, content)
        self._refuse_taken(values, record)
        self.index.will_lag(record.key, record.fields, self.now, self.settings.search_delay)
        changes = {name: value or None for name, value in values.items()}
        self.records.change(record, {**changes, "lastmodifieddate": iso(self.now)})
        return self._kept(record.key)

    def archive(self, record: Record) -> None:
        """Into the recycle bin, where no call here looks."""
        self.records.remove(CONTACTS, record.key)

    def upsert(self, name: str, value: str, content: object) -> tuple[Record, bool]:
        """The contact with this value of a unique property, and whether it is new. Raises Refused."""
        known = self.by_value(name, value)
        given = content if isinstance(content, dict) else {}
        if known is None:
            return self.create({name: value, **given} if isinstance(content, dict) else content), True
        return self.update(known, content), False

    def _refuse_taken(self, values: Mapping[str, str], own: Record | None) -> None:
        """A locked contact, an e-mail address or a unique value of somebody else."""
        email = values.get("email") or (own.fields.get("email") if own else None)
        if email in self.settings.locked:
            raise locked()
        for name, value in values.items():
            if not value or not self.is_unique(name):
                continue
            other = self.by_value(name, value)
            if other and (own is None or other.key != own.key):
                if name == "email":
                    raise conflict(other.key)
                raise InvalidValues(
                    [(name, "CONFLICTING_UNIQUE_VALUE", f"{name} must be unique; {other.key} already has that value.")]
                )

    def _next_id(self) -> str:
        key = int(self.journal.setting("hubspot.last_id") or FIRST_ID - 1) + 1
        self.journal.save_setting("hubspot.last_id", key)
        return str(key)

    def _kept(self, key: str) -> Record:
        record = self.by_id(key)
        assert record is not None
        return record


def shown(fields: Mapping[str, Any], names: tuple[str, ...] = SHOWN) -> dict[str, Any]:
    """A contact as the API gives it, with these properties beside those that are always there."""
    properties = {name: fields.get(name) for name in sorted({*names, "hs_object_id", "createdate", "lastmodifieddate"})}
    return {
        "id": fields["hs_object_id"],
        "properties": properties,
        "createdAt": fields["createdate"],
        "updatedAt": fields["lastmodifieddate"],
        "archived": False,
    }
