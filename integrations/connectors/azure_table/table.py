"""One table through Microsoft's SDK. Imported with the first call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from azure.data.tables import TableClient, TableServiceClient, TableTransactionError

from integrations.contract import Exchange, Failure, FailureKind
from integrations.transport import CallFailed
from integrations.transport.statuses import verdict_on
from integrations.vendors.azure.calls import Calls, Heard, making_place
from integrations.vendors.azure.refusals import Refused, judged, verdict_on_code, without_ids
from integrations.vendors.azure.wire import Credential, Wire

ALREADY_THERE = "EntityAlreadyExists"
_MISSING = "TableNotFound"
_NO_ECHO = {"Prefer": "return-no-content"}

type Entity = Mapping[str, Any]


class RowRefused(CallFailed):
    """A transaction failed because of one of its rows, and none of them is there."""

    def __init__(self, index: int, failure: Failure, exchange: Exchange) -> None:
        super().__init__(failure, exchange)
        self.index = index


class _TransactionRefused(NamedTuple):
    """What the answer says inside. ``position`` is that of the guilty row, where the message begins with one."""

    position: int | None
    code: str
    status: int
    message: str


def open_client(endpoint: str, credential: Credential, wire: Wire) -> TableServiceClient:
    return TableServiceClient(endpoint, credential=credential, transport=wire, retry_total=0)


class Table:
    """``makes``: whether a table that is missing may be made."""

    def __init__(self, calls: Calls[TableServiceClient], *, makes: bool) -> None:
        self._calls = calls
        self._name = calls.place.name
        self._makes = makes

    def insert(self, entities: Sequence[Entity]) -> Exchange:
        """All or none. Raises ``CallFailed``; of several rows ``RowRefused`` when one of them is at fault."""
        return making_place(lambda: self._insert(entities), self._made, _MISSING)

    def close(self) -> None:
        self._calls.close()

    def sign_in_anew(self) -> bool:
        return self._calls.sign_in_anew()

    def delete(self, partition: str, row: str) -> None:
        """Raises ``CallFailed``."""
        self._on_table(lambda table: table.delete_entity(partition, row))

    def read_a_row(self) -> None:
        """Raises ``CallFailed``. Of one row at most, its key."""
        self._on_table(lambda table: next(table.query_entities("", results_per_page=1, select=["RowKey"]).by_page()))

    def try_to_insert_nothing(self) -> None:
        """A row without a key: what is missing is looked at after the right to add. Raises ``CallFailed``."""
        self._on_table(lambda table: table.create_entity({"PartitionKey": "probe"}))

    def _insert(self, entities: Sequence[Entity]) -> Exchange:
        if len(entities) == 1:
            return self._on_table(lambda table: table.create_entity(entities[0], headers=_NO_ECHO)).answer.exchange
        refused, answer = self._on_table(lambda table: _transaction(table, entities))
        if refused is None:
            return answer.exchange
        failure = self._failure_of(refused)
        if refused.position is None or (refused.code != ALREADY_THERE and failure.kind is not FailureKind.REJECTED):
            raise Refused(answer, failure)
        raise RowRefused(refused.position, failure, answer.exchange)

    def _failure_of(self, refused: _TransactionRefused) -> Failure:
        kind, cause = verdict_on(refused.status, None, {})
        failure = Failure(kind=kind, cause=cause, http_status=refused.status)
        verdict = verdict_on_code(refused.code)
        return judged(failure, refused.code, verdict, self._calls.place, detail=without_ids(refused.message))

    def _made(self) -> bool:
        """Whether the table is there now. One that others made meanwhile will do."""
        if not self._makes:
            return False
        try:
            self._on_table(lambda table: table.create_table())
        except Refused as refused:
            return refused.code == "TableAlreadyExists"
        return True

    def _on_table[Value](self, operation: Callable[[TableClient], Value]) -> Heard[Value]:
        return self._calls.run(lambda service: operation(service.get_table_client(self._name)))


def _transaction(table: TableClient, entities: Sequence[Entity]) -> _TransactionRefused | None:
    try:
        if len(table.submit_transaction([("create", entity) for entity in entities])) != len(entities):
            raise ValueError("not one answer for each row")
    except TableTransactionError as refused:
        code = getattr(refused, "error_code", "")  # a text, or a member of an enumeration
        number, colon, message = refused.message.partition(":")
        is_named = bool(colon) and number.isascii() and number.isdigit() and int(number) < len(entities)
        return _TransactionRefused(
            int(number) if is_named else None,
            str(getattr(code, "value", code) or ""),
            refused.status_code or 0,
            message if is_named else refused.message,
        )
    return None
