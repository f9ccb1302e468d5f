"""Many leads in one call (sObject Collections): each succeeds or fails for itself, unless all or none was asked for."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.arrivals import Note
from integrations.sandbox.journal import Journal
from integrations.sandbox.messages import Answer
from integrations.sandbox.salesforce.calls import Call, Reply
from integrations.sandbox.salesforce.errors import ApiError, unreadable
from integrations.sandbox.salesforce.leads import LEADS, Leads, Saved

MOST = 200
Save = Callable[[dict[str, Any]], Saved]


class Batches:
    def __init__(self, journal: Journal, leads: Leads) -> None:
        self._journal = journal
        self._leads = leads

    def insert(self, call: Call) -> Reply:
        return self._save_each(call, lambda record: self._leads.insert(record, allow_save=call.allows_save), _inserted)

    def upsert(self, call: Call) -> Reply:
        key = self._leads.key_field(call.parts[0])
        seen: set[str] = set()

        def save(record: dict[str, Any]) -> Saved:
            value, rest = _key_in(record, key)
            if value.casefold() in seen:
                raise ApiError(400, "DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (key,))
            seen.add(value.casefold())
            return self._leads.upsert(key, value, rest, allow_save=call.allows_save)

        return self._save_each(call, save, _upserted)

    def _save_each(self, call: Call, save: Save, entry: Callable[[Saved], dict[str, Any]]) -> Reply:
        records, all_or_none = _read(call.content())
        with self._journal.transaction() as database:
            database.execute("savepoint batch")
            results = [self._save(record, save) for record in records]
            failed = sum(isinstance(result, ApiError) for result in results)
            if failed and all_or_none:
                database.execute("rollback to batch")
                results = [result if isinstance(result, ApiError) else _rolled_back() for result in results]
            database.execute("release batch")
        entries = [_failed(result) if isinstance(result, ApiError) else entry(result) for result in results]
        each = tuple(_note_of(result) for result in results)
        return Reply(Answer.json(200, entries), outcome=_outcome(results), each=each)

    def _save(self, record: dict[str, Any], save: Save) -> Saved | ApiError:
        try:
            return save(record)
        except ApiError as refused:
            if refused.record and refused.code == "DUPLICATE_VALUE":
                self._leads.note_repeat(refused.record)
            return refused


def _read(content: Any) -> tuple[list[dict[str, Any]], bool]:
    """The records, and whether all or none are to be kept. Raises ApiError."""
    if not isinstance(content, dict):
        raise unreadable("Cannot deserialize instance of SObjectCollection at [line:1, column:1]")
    if unknown := content.keys() - {"records", "allOrNone"}:
        raise unreadable(f'Unrecognized field "{min(unknown)}", not marked as ignorable at [line:1, column:2]')
    records, all_or_none = content.get("records"), content.get("allOrNone", False)
    if not isinstance(records, list) or not isinstance(all_or_none, bool):
        raise unreadable("Cannot deserialize instance of SObjectCollection at [line:1, column:2]")
    if len(records) > MOST:
        message = "record limit reached. cannot submit more than 200 records into this call"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", message)
    if not all(_is_typed(record) for record in records):
        raise unreadable("Include an entity type for each record: attributes.type at [line:1, column:2]")
    return records, all_or_none


def _is_typed(record: object) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("attributes"), dict):
        return False
    return isinstance(record["attributes"].get("type"), str)


def _key_in(record: dict[str, Any], key: str) -> tuple[str, dict[str, Any]]:
    """The value of the key field, and the record without it. Raises ApiError."""
    values = [value for name, value in record.items() if name.lower() == key.lower()]
    if not values or not isinstance(values[0], str) or not values[0].strip():
        raise ApiError(400, "MISSING_ARGUMENT", f"{key} not specified", (key,))
    return values[0].strip(), {name: value for name, value in record.items() if name.lower() != key.lower()}


def _inserted(saved: Saved) -> dict[str, Any]:
    return {"id": saved.id, "success": True, "errors": []}


def _upserted(saved: Saved) -> dict[str, Any]:
    return {**_inserted(saved), "created": saved.created}


def _failed(refused: ApiError) -> dict[str, Any]:
    return {"success": False, "errors": [refused.entry()]}


def _rolled_back() -> ApiError:
    message = "Record rolled back because not all records were valid and the request was using AllOrNone header"
    return ApiError(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", message)


def _note_of(result: Saved | ApiError) -> Note:
    if isinstance(result, ApiError):
        return Note(LEADS, result.record, findings={"refused": result.slug})
    return Note(LEADS, result.id, findings={"arrival": "created" if result.created else "updated"})


def _outcome(results: list[Saved | ApiError]) -> str:
    failed = sum(isinstance(result, ApiError) for result in results)
    return "all_refused" if results and failed == len(results) else "some_refused" if failed else "all_kept"
