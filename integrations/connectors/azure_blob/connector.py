"""Writes each record as a blob of its own, named by its key, or adds it to the file of its day."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from integrations.connectors.azure_blob import checking
from integrations.connectors.azure_blob.config import AzureBlobConfig, Layout
from integrations.connectors.azure_blob.content import (
    DEFAULT_FIELDS,
    Content,
    CsvRows,
    FileForm,
    JsonLines,
    as_line,
    content_of,
    day_of,
)
from integrations.connectors.azure_blob.daily import DailyFiles
from integrations.contract import (
    Arrival,
    CheckReport,
    Delivered,
    Exchange,
    Outcome,
    Preview,
    Record,
)
from integrations.mapping import FieldMap
from integrations.transport import CallFailed, Limits
from integrations.vendors.azure.calls import Calls
from integrations.vendors.azure.connector import StorageConnector
from integrations.vendors.azure.refusals import Refused
from integrations.vendors.entra.sign_in import EntraSignIn

if TYPE_CHECKING:
    from integrations.connectors.azure_blob.container import Container

_JSON = "application/json; charset=utf-8"
_FORMS: dict[str, FileForm] = {Layout.LINES.value: JsonLines(), Layout.CSV.value: CsvRows()}
# The name holds the key, so a blob of that name is ours, whatever keeps it from being written again.
_ALREADY_THERE = frozenset(
    ("BlobAlreadyExists", "UnauthorizedBlobOverwrite", "BlobImmutableDueToPolicy", "BlobArchived", "ConditionNotMet")
)
_MEBIBYTE = 1024 * 1024


class AzureBlobConnector(StorageConnector["Container"]):
    label = _("Azure Blob")
    Config = AzureBlobConfig
    default_fields = DEFAULT_FIELDS
    limits: ClassVar[Limits] = Limits(answer_bytes=5 * _MEBIBYTE)  # pieces of a day's file

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        self._form = _FORMS.get(config["layout"])
        super().__init__(config, fields, name=config["container"], right="r, a, c" if self._form else "c, w")
        self._fields = fields or DEFAULT_FIELDS

    def _opened(self, sign_in: EntraSignIn | None) -> "Container":
        from integrations.connectors.azure_blob.container import Container, open_client

        calls = Calls(self._place, self._transport, open_client, sign_in)
        return Container(calls, makes=bool(self.config["create_container"]))

    @cached_property
    def _daily_files(self) -> DailyFiles:
        assert self._form
        return DailyFiles(self._store, self._form, self._place)

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        return [self._deliver(content_of(record, self._fields)) for record in records]

    def preview(self, record: Record) -> Preview:
        content = content_of(record, self._fields)
        url = f"{self._place.account.endpoint}/{self._place.name}/{quote(self._name(record))}"
        headers = {"Content-Type": self._form.content_type if self._form else _JSON, "Authorization": ""}
        if not self._form:
            headers |= {"If-None-Match": "*"}
        body = self._bytes(content)
        return Preview(self._transport.preview("PUT", url, headers=headers, body=body), content.notes)

    def check(self) -> CheckReport:
        with self._transport.call():
            steps = checking.steps(
                self._store, self._place, reads=self._form is not None, makes=bool(self.config["create_container"])
            )
            return CheckReport(list(steps))

    def _names_one_record(self, external_id: str, key: UUID) -> bool:
        """A line of a file stays: blobs that are added to cannot be shortened."""
        return self._form is None and external_id.endswith(f"{key}.json")

    def _delete(self, external_id: str) -> None:
        self._store.delete(external_id)

    def _deliver(self, content: Content) -> Outcome:
        key, name = content.record.key, self._name(content.record)
        try:
            with self._transport.call():
                arrival, exchange = self._daily_files.add(name, content) if self._form else self._put(name, content)
        except CallFailed as failed:
            return Outcome(key, failed.failure, self._alone(failed.exchange, content), content.notes)
        return Outcome(key, Delivered(arrival, name), self._alone(exchange, content), content.notes)

    def _put(self, name: str, content: Content) -> tuple[Arrival, Exchange | None]:
        try:
            key = str(content.record.key)
            return Arrival.CREATED, self._store.put(name, self._bytes(content), content_type=_JSON, key=key)
        except Refused as refused:
            if refused.code in _ALREADY_THERE or (
                refused.failure.cause == "azure_sas_right_missing" and self._is_there(name)
            ):
                return Arrival.ALREADY_THERE, refused.exchange
            raise

    def _is_there(self, name: str) -> bool:
        """Whether the right is missing only because the blob exists: a SAS that may create but not write is refused a
        repeat. One that may not read shows it by what else it may."""
        try:
            return self._store.has(name)
        except CallFailed:
            answer = checking.answer_to_writing_nothing(self._store)
            return answer is not None and answer.failure.code == checking.RIGHT_IS_THERE

    def _name(self, record: Record) -> str:
        day = day_of(record)
        name = f"{day:%Y-%m-%d}.{self._form.suffix}" if self._form else f"{day:%Y/%m/%d}/{record.key}.json"
        return "/".join(filter(None, (self.config["folder"], name)))

    def _bytes(self, content: Content) -> bytes:
        return self._form.line(content, content.columns) if self._form else as_line(content.values)

    def _alone(self, exchange: Exchange | None, content: Content) -> Exchange | None:
        """What went over the wire about this record, and not what was read before it: others' persons."""
        if not exchange or not exchange.url.startswith(self._place.account.endpoint):
            return exchange
        body = self._transport.kept(self._bytes(content).decode(), self.limits.kept_characters)
        return replace(exchange, request_body=body if exchange.method == "PUT" else "")
