"""Azure Blob, one blob for each lead."""

import json
from typing import Any

from integrations.contract import FailureKind, Record
from tests.fault_proxy import FaultProxy
from tests.integrations.connectors.contract.azure import AzureFarSide
from tests.integrations.connectors.contract.azure_table import COLUMNS
from tests.integrations.connectors.contract.far_side import Expected, Slip, Stored


class AzureBlobFarSide(AzureFarSide):
    kind = "azure_blob"
    write_method = "PUT"

    answers_without_body = True
    check_shows = frozenset(Slip) - {Slip.UNKNOWN_FIELD}
    refuses_record = Expected(FailureKind.REJECTED, "record_too_large", 413)
    differs = {
        "401": Expected(FailureKind.MISCONFIGURED, "azure_signature_missing", 401),
        "404": Expected(FailureKind.MISCONFIGURED, "azure_container_not_found", 404),
    }

    @property
    def proxy(self) -> FaultProxy:
        return self.storage.blob_proxy

    def make_place(self) -> None:
        with self.storage.blobs() as service:
            service.create_container(self.storage.name)

    def new_sas_url(self) -> str:
        return self.storage.container_sas_url("rcwd")

    def typed(self, url: str) -> dict[str, Any]:
        return super().typed(url) | {"container": self.storage.name, "create_container": False}

    def records(self) -> list[Stored]:
        """In the order of their names."""
        with self.storage.blobs() as service, service.get_container_client(self.storage.name) as container:
            contents = {name: container.download_blob(name).readall() for name in container.list_blob_names()}
        return [_stored(name, json.loads(content)) for name, content in contents.items()]

    def edit(self, stored: Stored, company: str) -> None:
        self._write(stored, Company=company)

    def annotate(self, stored: Stored) -> None:
        self._write(stored, Note="called back")

    def is_annotated(self, stored: Stored) -> bool:
        return bool(stored.everything.get("Note") == "called back")

    def _write(self, stored: Stored, **values: str) -> None:
        with self.storage.blobs() as service:
            blob = service.get_blob_client(self.storage.name, stored.place)
            blob.upload_blob(json.dumps(stored.everything | values).encode(), overwrite=True)

    def refused(self, record: Record) -> Record:
        self.plays(self.refuses(413, "RequestBodyTooLarge"), times=1)
        return record

    def saying(self, text: str) -> str:
        return f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{text}</Code><Message>{text}</Message></Error>'


def _stored(name: str, values: dict[str, Any]) -> Stored:
    names = COLUMNS | {"offer_title": "OfferTitle"}
    return Stored(name, {neutral: values.get(column, "") for neutral, column in names.items()}, "", values)
