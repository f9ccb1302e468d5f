"""Writes the records of one call: create, update, or skip with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.marketo.calls import Call
from integrations.sandbox.marketo.errors import Reason, Skipped, reason
from integrations.sandbox.marketo.fields import REFUSE
from integrations.sandbox.marketo.people import People
from integrations.sandbox.marketo.settings import Settings
from integrations.sandbox.records import Record

CREATE_OR_UPDATE, CREATE_ONLY = "createOrUpdate", "createOnly"
UPDATE_ONLY, CREATE_DUPLICATE = "updateOnly", "createDuplicate"
ACTIONS = (CREATE_OR_UPDATE, CREATE_ONLY, UPDATE_ONLY, CREATE_DUPLICATE)


@dataclass(frozen=True)
class Order:
    """What a call wants done with its records. `partition` only where it was named."""

    action: str = CREATE_OR_UPDATE
    lookup: str = "email"
    partition: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one record; `reason` where it was skipped."""

    status: str
    person: int | None = None
    reason: Reason | None = None

    def as_json(self, *, with_status: bool = True) -> dict[str, Any]:
        """Without the status of a skipped record, as a push reports it, where that is asked for."""
        if self.reason is None:
            return {"id": self.person, "status": self.status}
        status = {"status": self.status} if with_status else {}
        return {**status, "reasons": [self.reason.as_json()]}


def fault_of(order: Order, settings: Settings) -> Reason | None:
    """What is wrong with the order itself, whatever the records hold."""
    if order.action not in ACTIONS:
        return reason("1003", what=f"Action '{order.action}' is invalid")
    field = settings.fields.get(order.lookup)
    if field is None or not field.searchable:
        return reason("1011", name=order.lookup)
    if order.partition is not None:
        return None if settings.partitions.get(order.partition) else reason("1008", name=order.partition)
    if home_of(order, settings):
        return None
    only = "".join(settings.partitions)
    return reason("1008", name=only) if len(settings.partitions) == 1 else reason("1009")


def home_of(order: Order, settings: Settings) -> str:
    """The partition of new people; "" where the order has to name one and does not."""
    writable = [name for name, allowed in settings.partitions.items() if allowed]
    return order.partition or (writable[0] if len(writable) == 1 else "")


class Upsert:
    """Needs one transaction around each `write`."""

    def __init__(self, people: People, settings: Settings, order: Order, call: Call) -> None:
        self._people = people
        self._settings = settings
        self._order = order
        self._call = call
        self._home = home_of(order, settings) or next(iter(settings.partitions), "")
        self._met: set[object] = set()

    def write(self, given: Mapping[str, object]) -> Outcome:
        try:
            values = self._values(given)
            key = self._key(values)
            return self._store(key, {name: value for name, value in values.items() if name != "id"})
        except Skipped as skipped:
            return Outcome("skipped", reason=skipped.reason)

    def _values(self, given: Mapping[str, object]) -> dict[str, object]:
        return {name: self._value(name, value) for name, value in given.items()}

    def _value(self, name: str, value: object) -> object:
        field = self._settings.fields.get(name)
        if field is None:
            raise Skipped(reason("1006", name=name))
        if field.read_only and name != self._order.lookup:
            raise Skipped(reason("1003", what=f"Field '{name}' is read only"))
        return field.taken(value, self._settings.too_long)

    def _key(self, values: Mapping[str, object]) -> object:
        """The value to look up, which each call may hold once."""
        key = values.get(self._order.lookup)
        if self._order.action == CREATE_DUPLICATE:
            return key
        if key is None:
            raise Skipped(reason("1002", name=self._order.lookup))
        folded = str(key).casefold()
        if folded in self._met and self._settings.duplicates == REFUSE:
            raise Skipped(reason("1036"))
        self._met.add(folded)
        return key

    def _store(self, key: object, values: dict[str, object]) -> Outcome:
        if self._order.action == CREATE_DUPLICATE:
            return self._create(values)
        found = self._people.find(self._order.lookup, key, self._call)
        if self._order.action == CREATE_ONLY:
            return self._create_new(found, values)
        if len(found) > 1:
            raise Skipped(reason("1007"))
        if found:
            return self._update(found[0], values)
        if self._order.action == UPDATE_ONLY or self._order.lookup == "id":
            raise Skipped(reason("1004"))
        return self._create(values)

    def _create_new(self, found: list[Record], values: dict[str, object]) -> Outcome:
        if self._order.lookup == "id":
            raise Skipped(reason("1003", what="Field 'id' is not allowed with action 'createOnly'"))
        if found:
            raise Skipped(reason("1005"))
        return self._create(values)

    def _create(self, values: dict[str, object]) -> Outcome:
        return Outcome("created", self._people.create(values, self._home, self._call))

    def _update(self, person: Record, values: dict[str, object]) -> Outcome:
        partition = person.fields["partitionName"]
        if not self._settings.partitions.get(partition):
            raise Skipped(reason("1008", name=partition))
        if self._order.partition not in {None, partition}:
            raise Skipped(reason("1010"))
        if "company" in values and person.fields.get("externalCompanyId"):
            raise Skipped(reason("1021"))
        return Outcome("updated", self._people.change(person, values))
