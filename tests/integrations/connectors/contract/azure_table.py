"""Azure Table."""

import json
import re
from dataclasses import replace
from typing import Any

from integrations.contract import FailureKind, Record
from tests.fault_proxy import FaultProxy, Reply, Turn
from tests.integrations.connectors.contract.azure import AzureFarSide
from tests.integrations.connectors.contract.far_side import Expected, Slip, Stored

COLUMNS = {
    "first_name": "FirstName", "last_name": "LastName", "email": "Email", "phone": "Phone", "country": "Country",
    "company": "Company", "title": "Title", "lead_source": "LeadSource", "action": "ActionCode",
    "description": "Description",
}  # fmt: skip
TOO_LARGE = "PropertyValueTooLarge"


class AzureTableFarSide(AzureFarSide):
    kind = "azure_table"
    write_method = "POST"

    most_in_call = 100
    calls_for_a_bad_one = 1  # all or none: it is taken out, and the rest is sent again
    title_limit = 32_768
    answers_without_body = True
    check_shows = frozenset(Slip) - {Slip.UNKNOWN_FIELD}
    refuses_record = Expected(FailureKind.REJECTED, "azure_record_refused", 400)
    differs = {
        "401": Expected(FailureKind.MISCONFIGURED, "azure_signature_missing", 401),
        "404": Expected(FailureKind.MISCONFIGURED, "azure_table_not_found", 404),
    }

    _refuses_a_company = False

    @property
    def proxy(self) -> FaultProxy:
        return self.storage.table_proxy

    def make_place(self) -> None:
        with self.storage.tables() as service:
            service.create_table(self.storage.name)

    def new_sas_url(self) -> str:
        """For the account: of a signature for one table the emulator takes no transaction."""
        from azure.data.tables import AccountSasPermissions, ResourceTypes

        rights = AccountSasPermissions(read=True, add=True, delete=True)
        return self.storage.account_sas_url(resource_types=ResourceTypes(object=True), permission=rights)

    def typed(self, url: str) -> dict[str, Any]:
        return super().typed(url) | {"table": self.storage.name, "create_table": False}

    def records(self) -> list[Stored]:
        """In the order of their keys."""
        with self.storage.tables() as service:
            rows = list(service.get_table_client(self.storage.name).list_entities())
        return [
            Stored(
                row["RowKey"],
                {name: row.get(column, "") for name, column in (COLUMNS | {"offer_title": "OfferDisplayName"}).items()},
                "",
                dict(row) | dict(row.metadata),
            )
            for row in rows
        ]

    def edit(self, stored: Stored, company: str) -> None:
        self._merge(stored, Company=company)

    def annotate(self, stored: Stored) -> None:
        self._merge(stored, Note="called back")

    def is_annotated(self, stored: Stored) -> bool:
        return bool(stored.everything.get("Note") == "called back")

    def _merge(self, stored: Stored, **columns: str) -> None:
        key = {"PartitionKey": stored.everything["PartitionKey"], "RowKey": stored.place}
        with self.storage.tables() as service:
            service.get_table_client(self.storage.name).update_entity(key | columns)

    def as_shown(self, body: bytes) -> Any:
        """The SDK writes times its own way, and the type of each column."""
        return self.read_preview(body.decode())

    def read_preview(self, shown: str) -> Any:
        content = json.loads(shown)
        typed = {name: value for name, value in content.items() if not name.endswith("@odata.type")}
        return typed | {"CreatedTime": re.sub(r"\.0+Z$", "Z", typed["CreatedTime"])}

    def refused(self, record: Record) -> Record:
        """The emulator takes what Azure refuses: from now on the proxy refuses a company in its place."""
        if not self._refuses_a_company:
            self._refuses_a_company = True
            self.plays(self._refuse_company)
        return replace(record, company="REFUSE")

    def make_new(self) -> None:
        self._refuses_a_company = False
        super().make_new()

    def _refuse_company(self, turn: Turn) -> None:
        rows = re.findall(rb'"Company": "([^"]*)"', turn.seen.body)
        if b"REFUSE" not in rows:
            turn.answer(turn.pass_on())
        elif turn.seen.path.partition("?")[0].endswith("$batch"):
            turn.answer(_batch_refused(self.saying(TOO_LARGE, f"{rows.index(b'REFUSE')}:Too large.")))
        else:
            self.refuses(400, TOO_LARGE)(turn)

    def saying(self, text: str, message: str = "") -> str:
        return json.dumps({"odata.error": {"code": text, "message": {"lang": "en-US", "value": message or text}}})


def _batch_refused(error: str) -> Reply:
    """As Azure answers a transaction in which one row is refused."""
    part = (
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 400 Bad Request\r\n"
        f"Content-ID: 1\r\nDataServiceVersion: 3.0;\r\nContent-Type: application/json;charset=utf-8\r\n\r\n{error}\r\n"
    )
    changes = f"Content-Type: multipart/mixed; boundary=changes\r\n\r\n--changes\r\n{part}--changes--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=batch"}
    return Reply(202, headers, f"--batch\r\n{changes}--batch--\r\n".encode())
