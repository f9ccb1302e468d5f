"""Adds rows, each under its record's key, so that the table itself recognises one that is sent twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from integrations.connectors.azure_table import checking
from integrations.connectors.azure_table.config import AzureTableConfig
from integrations.connectors.azure_table.rows import (
    DEFAULT_FIELDS,
    LARGEST_GROUP,
    Row,
    groups_of,
    row_of,
    unusable_columns,
)
from integrations.contract import (
    Arrival,
    CheckReport,
    Delivered,
    Exchange,
    Failure,
    FailureKind,
    Outcome,
    Preview,
    Record,
)
from integrations.ending_early import why_no_more
from integrations.mapping import FieldMap
from integrations.transport import CallFailed, Limits
from integrations.vendors.azure.calls import Calls
from integrations.vendors.azure.connector import StorageConnector
from integrations.vendors.azure.refusals import BEING_DELETED
from integrations.vendors.entra.sign_in import EntraSignIn

if TYPE_CHECKING:
    from integrations.connectors.azure_table.table import Table

_ALREADY_THERE = "EntityAlreadyExists"
_NOT_TRIED = Failure(kind=FailureKind.TEMPORARY, cause="azure_not_tried")
# What some servers answer to a SAS for one table when several rows come at once, and a row alone is taken.
_REFUSED_AT_ONCE = ("azure_access_blocked", "azure_sas_wrong", "azure_sas_right_missing", "azure_sas_too_narrow")


class AzureTableConnector(StorageConnector["Table"]):
    label = _("Azure Table")
    Config = AzureTableConfig
    batch_limit = LARGEST_GROUP
    default_fields = DEFAULT_FIELDS
    limits: ClassVar[Limits] = Limits()

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields, name=config["table"], right="a")
        self._fields = fields or DEFAULT_FIELDS
        self._singly = False

    def _opened(self, sign_in: EntraSignIn | None) -> "Table":
        from integrations.connectors.azure_table.table import Table, open_client

        return Table(Calls(self._place, self._transport, open_client, sign_in), makes=bool(self.config["create_table"]))

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        rows = [self._row(record) for record in records]
        if unusable := unusable_columns(self._fields):
            failure = checking.unusable_column(unusable)
            return [Outcome(row.record.key, failure, notes=row.notes) for row in rows]
        with self._transport.call():
            groups = [[row] for row in rows] if self._singly else groups_of(rows)
            outcomes = {outcome.key: outcome for outcome in self._insert_in_turn(groups)}
        return [outcomes[record.key] for record in records]

    def preview(self, record: Record) -> Preview:
        row = self._row(record)
        url = f"{self._place.account.endpoint}/{self._place.name}"
        headers = {"Content-Type": "application/json", "Authorization": ""}
        return Preview(self._transport.preview("POST", url, headers=headers, body=row.as_json().encode()), row.notes)

    def check(self) -> CheckReport:
        with self._transport.call():
            makes = bool(self.config["create_table"])
            return CheckReport(list(checking.steps(self._store, self._place, self._fields, makes=makes)))

    def _names_one_record(self, external_id: str, key: UUID) -> bool:
        return external_id.partition("/")[2] == str(key)

    def _delete(self, external_id: str) -> None:
        partition, _slash, row = external_id.partition("/")
        self._store.delete(partition, row)

    def _row(self, record: Record) -> Row:
        return row_of(record, self._fields, customer_info=bool(self.config["customer_info"]))

    def _insert_in_turn(self, groups: Iterable[Sequence[Row]]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for group in groups:
            if reason := _why_no_more(outcomes):
                outcomes += [Outcome(row.record.key, reason, notes=row.notes) for row in group]
            else:
                outcomes += self._insert(list(group))
        return outcomes

    def _insert(self, rows: list[Row]) -> list[Outcome]:
        """Row after row that the table has already, or refuses, is taken out until the rest goes through together."""
        from integrations.connectors.azure_table.table import RowRefused

        taken_out: list[Outcome] = []
        while rows:
            try:
                exchange = self._store.insert([row.entity for row in rows])
            except RowRefused as refused:
                taken_out.append(self._outcome(rows.pop(refused.index), refused.failure, refused.exchange))
            except CallFailed as failed:
                return taken_out + self._refused_together(rows, failed)
            else:
                return taken_out + [self._outcome(row, None, exchange) for row in rows]
        return taken_out

    def _refused_together(self, rows: list[Row], failed: CallFailed) -> list[Outcome]:
        """Half and half, where the refusal may be for one of them: it shall fail alone."""
        if len(rows) > 1 and failed.failure.kind is FailureKind.REJECTED:
            middle = len(rows) // 2
            return self._insert_in_turn([rows[:middle], rows[middle:]])
        if len(rows) > 1 and self._may_be_taken_singly(failed.failure):
            outcomes = self._insert_in_turn([row] for row in rows)
            self._singly = _why_no_more(outcomes[:1]) is None
            return outcomes
        return [self._outcome(row, failed.failure, failed.exchange) for row in rows]

    def _may_be_taken_singly(self, failure: Failure) -> bool:
        sas = self._place.account.sas
        return sas is not None and not sas.is_for_account and failure.cause in _REFUSED_AT_ONCE

    def _outcome(self, row: Row, failure: Failure | None, exchange: Exchange | None) -> Outcome:
        """What went over the wire about this record: the others' persons are nobody's business here."""
        result: Delivered | Failure = failure or Delivered(Arrival.CREATED, row.place)
        if failure and failure.code == _ALREADY_THERE:
            result = Delivered(Arrival.ALREADY_THERE, row.place)
        if exchange and exchange.url.startswith(self._place.account.endpoint):  # and not the sign-in before it
            body = self._transport.kept(row.as_json(), self.limits.kept_characters)
            answered = exchange.response_body if failure else ""  # of a success, a page of addresses
            exchange = replace(exchange, request_body=body, response_body=answered)
        return Outcome(row.record.key, result, exchange, row.notes)


def _why_no_more(outcomes: Sequence[Outcome]) -> Failure | None:
    """What rows have that are not sent after these: also where there is no table now."""
    failures = [outcome.result for outcome in outcomes if isinstance(outcome.result, Failure)]
    without_table = next((failure for failure in failures if failure.cause == BEING_DELETED), None)
    return without_table or why_no_more([outcome.result for outcome in outcomes], _NOT_TRIED)
