"""The leads that are stored, and what the environment itself does when one is written."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.dataverse.addressing import Address
from integrations.sandbox.dataverse.columns import AlternateKey, Column, Value
from integrations.sandbox.dataverse.errors import EXISTS, INVALID_ARGUMENT, ApiError, no_record, no_record_with_key
from integrations.sandbox.dataverse.settings import USER_ID, Settings
from integrations.sandbox.dataverse.values import Change
from integrations.sandbox.journal import Journal
from integrations.sandbox.records import Record, Records

COLLECTION = "leads"
REFUSED_COMPANY = "REFUSE"
LONGEST_NAME = 160


class Leads:
    """Reads and writes inside the transaction of the request."""

    def __init__(self, journal: Journal, records: Records) -> None:
        self._journal = journal
        self._records = records

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What is written in the block is taken back when it raises."""
        with self._journal.transaction() as database:
            database.execute("savepoint leads")
            try:
                yield
            except BaseException:
                database.execute("rollback to leads")
                raise
            finally:
                database.execute("release leads")

    def find(self, address: Address) -> Record | None:
        if address.lead_id is not None:
            return self._records.get(COLLECTION, address.lead_id)
        return next(iter(self._with_values(address.key or {})), None)

    def get(self, address: Address) -> Record:
        """Raises ApiError when there is none."""
        record = self.find(address)
        if record is None:
            raise no_record("lead", address.lead_id) if address.lead_id else no_record_with_key()
        return record

    def create(self, lead_id: str | None, change: Change, settings: Settings, now: float) -> str:
        """Stores a new lead and returns its id, which may also be among the values. `now` in Unix seconds.

        Raises:
            ApiError: it is there already, violates a key, or the environment refuses it.
        """
        lead_id = lead_id or str(change.values.get("leadid") or uuid.uuid4())
        if present := self._records.get(COLLECTION, lead_id):
            self._records.append(present, "repeated")
            raise ApiError(412, EXISTS, "Cannot insert duplicate key.", "exists", key=lead_id)
        _check_writable(change, [column for column in settings.columns if not column.for_create])
        defaults = {column.property_name: column.default for column in settings.columns}
        given = {name: value for name, value in change.values.items() if value is not None}
        fields = {**defaults, **given, "leadid": lead_id, "_ownerid_value": change.owner or USER_ID}
        self._check(fields, settings)
        moment = _moment(now)
        computed = {"fullname": _full_name(fields), "createdon": moment, "modifiedon": moment}
        self._records.create(COLLECTION, lead_id, fields | computed)
        return lead_id

    def update(self, record: Record, change: Change, settings: Settings, now: float) -> None:
        """Writes the given columns over the old ones.

        Raises:
            ApiError: the lead is closed, would violate a key, or the environment refuses it.
        """
        fields: dict[str, Any] = {**record.fields, **change.values}
        _check_writable(change, [column for column in settings.columns if not column.for_update])
        if record.fields.get("statecode") and change.values.get("statecode") != 0:
            raise ApiError(400, INVALID_ARGUMENT, "The lead is closed and cannot be changed.", "closed")
        if change.owner:
            fields["_ownerid_value"] = change.owner
        self._check(fields, settings)
        self._records.change(record, fields | {"fullname": _full_name(fields), "modifiedon": _moment(now)})

    def note_repeat(self, record: Record) -> None:
        self._records.append(record, "repeated")

    def remove(self, record: Record) -> None:
        self._records.remove(COLLECTION, record.key)

    def duplicates_of(self, change: Change, besides: str | None) -> bool:
        """Whether the rule "leads with the same e-mail address" finds another one."""
        email = change.values.get("emailaddress1")
        return bool(email) and any(record.key != besides for record in self._with_values({"emailaddress1": email}))

    def _with_values(self, wanted: Mapping[str, Value]) -> list[Record]:
        """Texts are compared as the database does it: without regard to letter case."""
        first, *others = wanted.items()
        found = self._records.find(COLLECTION, first[0], first[1], ignore_case=True)
        return [record for record in found if all(_same(record.fields.get(name), value) for name, value in others)]

    def _check(self, fields: Mapping[str, Any], settings: Settings) -> None:
        for key in settings.table.active_keys():
            self._check_key(key, fields)
        _run_plug_in(fields, settings.variants.plug_in)

    def _check_key(self, key: AlternateKey, fields: Mapping[str, Any]) -> None:
        values = {column: fields.get(column) for column in key.columns}
        if None in values.values():
            return
        for other in self._with_values(values):
            if other.key != fields["leadid"]:
                message = (
                    f"Entity Key {key.name} violated. A record with the same value for {', '.join(key.columns)} "
                    "already exists. A duplicate record cannot be created. Select one or more unique values and try "
                    "again."
                )
                raise ApiError(412, "0x80060892", message, "key_violated", key=other.key)


def version(record: Record) -> str:
    """The entity tag; another one after each change."""
    return f'W/"{round(record.changed_at * 1_000_000)}"'


def shown(record: Record, columns: list[Column]) -> dict[str, Any]:
    """The record as JSON, as far as these columns go; its id is always there."""
    names = [column.property_name for column in columns if column.name != "leadid"]
    values = {name: record.fields.get(name) for name in names}
    return {"@odata.etag": version(record), **values, "leadid": record.key}


def _check_writable(change: Change, closed: list[Column]) -> None:
    for column in closed:
        if column.name in change.values:
            text = f"The attribute '{column.name}' of the 'lead' entity is read-only."
            raise ApiError(400, INVALID_ARGUMENT, text, "property")


def _full_name(fields: Mapping[str, Any]) -> str:
    names = (fields.get("firstname"), fields.get("lastname"))
    return " ".join(name for name in names if name)[:LONGEST_NAME]


def _moment(now: float) -> str:
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _same(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return one == other


def _run_plug_in(fields: Mapping[str, Any], behaviour: str) -> None:
    if behaviour == "off" or fields.get("companyname") != REFUSED_COMPANY:
        return
    if behaviour == "crashes":
        text = (
            "An unexpected error occurred from ISV code. (ErrorType = ClientError) Unexpected exception from plug-in "
            "(Execute): Contoso.Plugins.CheckCompany: System.NullReferenceException: Object reference not set to an "
            "instance of an object."
        )
        raise ApiError(500, "0x80040224", text, "plug_in")
    status = 500 if behaviour == "refuses_500" else 400
    raise ApiError(status, "0x80040265", "Leads of this company are not accepted.", "plug_in")
