"""Azure Table Storage: rows of tables, singly and in batches (Microsoft's "Table service REST API")."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import batched
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from integrations.sandbox.azure.account import NAME
from integrations.sandbox.azure.azurite import Azurite
from integrations.sandbox.azure.storage import Storage, Subject, json_object
from integrations.sandbox.journal import storable
from integrations.sandbox.messages import Answer, Request

_TABLE_GONE = {
    "odata.error": {
        "code": "TableNotFound",
        "message": {
            "lang": "en-US",
            "value": "The table specified does not exist.\nRequestId:5a5a5a5a-0000-0000-0000-000000000001\n"
            "Time:2026-11-22T06:00:00.0000000Z",
        },
    }
}
_ROW = re.compile(r"(\w+)\(PartitionKey='((?:[^']|'')*)',\s*RowKey='((?:[^']|'')*)'\)")
_TABLE = re.compile(r"Tables\('(\w+)'\)")
_HOST = re.compile(r"^https?://[^/]*")
_IN_BATCH = re.compile(rb"^(POST|PUT|PATCH|MERGE|DELETE) (\S+) HTTP/1\.1\r?$", re.MULTILINE)
_REFUSED_IN_BATCH = re.compile(rb'^HTTP/1\.1 4\d\d .*?"code":\s*"(\w+)"', re.MULTILINE | re.DOTALL)


class AzureTable(Storage):
    """The key of a record is `<PartitionKey>/<RowKey>`: neither may hold a slash."""

    name = "azure_table"
    endpoint = "TableEndpoint"
    first = "MarketplaceLeads"
    presets: ClassVar[Mapping[str, dict[str, Any]]] = {
        **Storage.presets,
        "table_gone": {
            "action": "respond",
            "status": 404,
            "headers": {
                "x-ms-error-code": "TableNotFound",
                "Content-Type": "application/json;odata=minimalmetadata;streaming=true;charset=utf-8",
            },
            "body": json.dumps(_TABLE_GONE),
            "times": None,
        },
    }

    def subjects(self, request: Request) -> list[Subject]:
        found = (self._subject(operation) for operation in _operations(request))
        return list({(one.collection, one.key): one for one in found if one}.values())

    def port_of(self, azurite: Azurite) -> int:
        return azurite.table_port

    def path_of(self, subject: Subject) -> str:
        partition, _, row = (quote(part.replace("'", "''"), safe="") for part in (subject.key or "").partition("/"))
        return f"/{NAME}/{quote(subject.collection)}(PartitionKey='{partition}',RowKey='{row}')"

    def fields_in(self, answer: Answer) -> dict[str, Any]:
        return json_object(answer.body)

    def refusal_in(self, answer: Answer) -> str:
        inside = _REFUSED_IN_BATCH.search(answer.body) if answer.status == 202 else None
        return inside[1].decode() if inside else super().refusal_in(answer)

    def _subject(self, operation: Request) -> Subject | None:
        name = unquote(operation.path).removeprefix(f"/{NAME}/")
        content = json_object(operation.body)
        if row := _ROW.fullmatch(name):
            return Subject(self._known(row[1]), _key(*(part.replace("''", "'") for part in row.groups()[1:])), content)
        if table := _TABLE.fullmatch(name):
            return Subject(self._known(table[1]))
        if name == "Tables":
            table_made = content.get("TableName")
            return Subject(storable(table_made)) if isinstance(table_made, str) else None
        partition, row_key = content.get("PartitionKey"), content.get("RowKey")
        if not isinstance(partition, str) or not isinstance(row_key, str):
            return None
        return Subject(self._known(name), storable(_key(partition, row_key)), content)

    def _known(self, table: str) -> str:
        """The same table has the same name here, however its letters are written (it makes no difference to Azure)."""
        return next((known for known in self.records.counts() if known.lower() == table.lower()), table)


def _operations(request: Request) -> Iterator[Request]:
    """The request itself, or those in a batch."""
    if request.path != f"/{NAME}/$batch":
        yield request
        return
    for method, url, rest in batched(_IN_BATCH.split(request.body)[1:], 3):
        body = rest[rest.find(b"{") : rest.rfind(b"}") + 1]
        yield Request(method.decode(), _HOST.sub("", url.decode("latin-1")), body=body)


def _key(partition: str, row: str) -> str:
    return f"{partition}/{row}"
