"""The leads of the organisation: made, found, changed and removed under its rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from integrations.sandbox.clock import Clock
from integrations.sandbox.records import Record, Records
from integrations.sandbox.salesforce.errors import ApiError, missing, unknown_key_field
from integrations.sandbox.salesforce.ids import is_id, long_id, new_id, short_id
from integrations.sandbox.salesforce.lead_fields import STATUSES
from integrations.sandbox.salesforce.lead_rules import Values, check_values, complete_country, read_values
from integrations.sandbox.salesforce.settings import Settings

LEADS = "leads"
PREFIX = "00Q"


@dataclass(frozen=True)
class Saved:
    """The id of a lead, and whether the call made it."""

    id: str
    created: bool


def moment(at: float) -> str:
    """Unix seconds as Salesforce writes them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class SeveralFound(ApiError):
    """Several leads hold the value in the key field; `ids` are theirs."""

    def __init__(self, key: str, ids: tuple[str, ...]) -> None:
        message = f"{key}: more than one record found for external id field: [{', '.join(ids)}]"
        super().__init__(300, "DUPLICATE_EXTERNAL_ID", message, (key,))
        self.ids = ids


class Leads:
    """Every method that changes something belongs inside a transaction of the journal."""

    def __init__(self, records: Records, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._records = records
        self._clock = clock
        self._settings = settings

    def insert(self, content: object, *, allow_save: bool = False) -> Saved:
        """`allow_save` lets a lead pass that a duplicate rule only warns of. Raises ApiError."""
        self._check_access()
        return self.add(content, allow_save=allow_save)

    def add(self, content: object, *, allow_save: bool) -> Saved:
        """As `insert`, by somebody who may do everything. Raises ApiError."""
        return self._create(read_values(content, self._settings()), allow_save=allow_save)

    def upsert(
        self, key: str, value: str, content: object, *, allow_save: bool = False, update_only: bool = False
    ) -> Saved:
        """Changes the lead that holds this value in the key field, or makes one. Raises ApiError."""
        self._check_access()
        values = read_values(content, self._settings())
        if key in values:
            message = f"The {key} field should not be specified in the sobject data."
            raise ApiError(400, "INVALID_FIELD", message, (key,))
        found = self.with_value(key, value)
        if len(found) > 1:
            raise SeveralFound(key, tuple(record.key for record in found))
        if found:
            return self._change(found[0], values)
        if update_only or not value:
            raise missing()
        return self._create({**values, key: value}, allow_save=allow_save)

    def update(self, record: Record, content: object) -> Saved:
        """Raises ApiError."""
        self._check_access()
        return self._change(record, read_values(content, self._settings()))

    def key_field(self, name: str) -> str:
        """The field's own name. Raises ApiError when no lead can be found by it."""
        settings = self._settings()
        found = settings.field_name(name)
        if found is None or not settings.lead_fields[found].external_id:
            raise unknown_key_field(name)
        return found

    def with_value(self, field: str, value: str) -> list[Record]:
        """Compares as unique fields are compared: upper and lower case are the same."""
        return self._records.find(LEADS, field, value, ignore_case=True)

    def by_id(self, lead_id: str) -> Record:
        """Raises ApiError when there is none."""
        record = self._records.get(LEADS, long_id(lead_id)) if is_id(lead_id) else None
        if record is None or lead_id not in {record.key, short_id(record.key)}:
            raise missing()
        return record

    def all(self) -> list[Record]:
        return self._records.all(LEADS)

    def remove(self, record: Record) -> None:
        """Raises ApiError."""
        self._check_access()
        self._records.remove(LEADS, record.key)

    def note_repeat(self, lead_id: str) -> None:
        """Writes into the history of a lead that it was sent again."""
        if record := self._records.get(LEADS, lead_id):
            self._records.append(record, "repeated")

    def _check_access(self) -> None:
        access = self._settings().user.leads
        if access == "none":
            raise ApiError(400, "INVALID_TYPE", "sObject type 'Lead' is not supported.")
        if access == "read":
            raise ApiError(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", ())

    def _check_duplicates(self, values: Values, *, allow_save: bool) -> None:
        duplicates, email = self._settings().duplicates, values.get("Email")
        if duplicates.rule == "off" or (duplicates.rule == "alert" and allow_save) or not email:
            return
        if self.with_value("Email", email):
            raise ApiError(400, "DUPLICATES_DETECTED", duplicates.message, ())

    def _check_unique(self, values: Values, besides: str = "") -> None:
        settings = self._settings()
        for name, value in values.items():
            if settings.lead_fields[name].unique and value is not None:
                others = [record for record in self.with_value(name, value) if record.key != besides]
                if others:
                    raise _taken(name, others[0].key, shows_id=settings.duplicates.shows_id)

    def _create(self, values: Values, *, allow_save: bool) -> Saved:
        settings, lead_id = self._settings(), new_id(PREFIX)
        check_values(values, settings, creating=True)
        if settings.org.storage_full:
            raise ApiError(403, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", ())
        self._check_duplicates(values, allow_save=allow_save)
        self._check_unique(values)
        present = {name: value for name, value in values.items() if value is not None}
        given = complete_country(present, settings.countries)
        self._records.create(LEADS, lead_id, {"Id": lead_id, "Name": _full_name(given), **self._usual(), **given})
        return Saved(lead_id, created=True)

    def _usual(self) -> Values:
        """What a new lead has by itself."""
        boxes = [name for name, field in self._settings().fields.items() if field.type == "boolean"]
        now = moment(self._clock.now())
        return {**dict.fromkeys(boxes, False), "Status": STATUSES[0], "CreatedDate": now, "LastModifiedDate": now}

    def _change(self, record: Record, values: Values) -> Saved:
        settings = self._settings()
        if record.fields.get("IsConverted"):
            raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", (), record.key)
        check_values(values, settings, creating=False)
        self._check_unique(values, besides=record.key)
        changed = {**complete_country(values, settings.countries), "LastModifiedDate": moment(self._clock.now())}
        self._records.change(record, {**changed, "Name": _full_name({**record.fields, **changed})})
        return Saved(record.key, created=False)


def _full_name(values: Values) -> str:
    return " ".join(part for part in (values.get("FirstName"), values.get("LastName")) if part)


def _taken(name: str, record: str, *, shows_id: bool) -> ApiError:
    shown = short_id(record) if shows_id else "<unknown>"
    message = f"duplicate value found: {name} duplicates value on record with id: {shown}"
    return ApiError(400, "DUPLICATE_VALUE", message, (), record)
