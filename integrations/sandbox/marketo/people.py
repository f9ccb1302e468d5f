"""The people an instance holds, their memberships in programs, and the log of what they did."""

from collections.abc import Mapping
from typing import Any, cast

from integrations.sandbox.marketo.calls import Call, Calls
from integrations.sandbox.records import Record, Records

PEOPLE, MEMBERS, ACTIVITIES = "people", "members", "activities"
FIRST_PERSON, FIRST_ACTIVITY = 318_581, 1


class People:
    """Needs one transaction around a look-up and what is stored because of it."""

    def __init__(self, records: Records, calls: Calls) -> None:
        self._records = records
        self._calls = calls
        self._last = {
            collection: max((int(record.key) for record in records.latest(1, [collection])), default=first - 1)
            for collection, first in _FIRST.items()
        }

    def forget(self) -> None:
        self._last = {collection: first - 1 for collection, first in _FIRST.items()}

    def find(self, field: str, value: object, call: Call | None = None) -> list[Record]:
        """Those with this value, whatever its letter case, except whom the call cannot see yet."""
        if field == "id":
            found = [record for record in [self._records.get(PEOPLE, str(value))] if record]
        else:
            found = self._records.find(PEOPLE, field, cast("str | int | float", value), ignore_case=True)
        unseen = call.unseen if call else set()
        return [record for record in found if int(record.key) not in unseen]

    def create(self, values: Mapping[str, object], partition: str, call: Call | None = None) -> int:
        person = self._next(PEOPLE)
        filled = {name: value for name, value in values.items() if value is not None}
        self._records.create(PEOPLE, str(person), {"id": person, **filled, "partitionName": partition})
        if call:
            self._calls.created(call, person)
        return person

    def change(self, record: Record, values: Mapping[str, object]) -> int:
        self._records.change(record, dict(values))
        return int(record.key)

    def delete(self, person: int) -> None:
        self._records.remove(PEOPLE, str(person))

    def join(self, person: int, program: str, membership: Mapping[str, object]) -> None:
        """Makes the person a member of the program, or changes the membership."""
        key = f"{program}/{person}"
        known = self._records.get(MEMBERS, key)
        if known:
            self._records.change(known, dict(membership))
        else:
            self._records.create(MEMBERS, key, {"leadId": person, "programName": program, **membership})

    def log_form(self, person: int, form: int, attributes: Mapping[str, object]) -> int:
        """The number of the activity."""
        activity = self._next(ACTIVITIES)
        what: dict[str, Any] = {"id": activity, "leadId": person, "activityType": "Fill Out Form", "formId": form}
        self._records.create(ACTIVITIES, str(activity), {**what, **attributes})
        return activity

    def _next(self, collection: str) -> int:
        self._last[collection] += 1
        return self._last[collection]


_FIRST = {PEOPLE: FIRST_PERSON, ACTIVITIES: FIRST_ACTIVITY}
