"""Takes records to Marketo's REST API."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from integrations.connectors.marketo.answers import entries_in
from integrations.connectors.marketo.checking import Examination
from integrations.connectors.marketo.config import MarketoConfig, Method
from integrations.connectors.marketo.people import PERSON, Person
from integrations.connectors.marketo.run import Run
from integrations.connectors.marketo.session import Session
from integrations.connectors.marketo.ways import EMAIL, LARGEST_CALL, WAYS, body_for, lookup_field
from integrations.contract import (
    Arrival,
    CheckReport,
    Connector,
    CredentialEnd,
    Delivered,
    Failure,
    FailureKind,
    MostCalls,
    Outcome,
    Preview,
    Record,
)
from integrations.json_bodies import as_json
from integrations.mapping import FieldMap, Translated
from integrations.transport import CallFailed, Limits, Transport
from integrations.vendors.marketo import refusal_of_email


class MarketoConnector(Connector):
    """Marketo has one person for each e-mail address, so a repeat updates the same person. Two calls at once with the
    same new address make two people (Marketo's documentation of "Sync Leads"): a process makes one call at a time, and
    ``calls_at_once`` keeps the processes apart."""

    label = _("Marketo (REST API)")
    Config = MarketoConfig
    batch_limit = LARGEST_CALL
    calls_at_once = 1
    most_calls = MostCalls(150, 60)  # half of 100 in 20 seconds, which all of the account's integrations share
    default_fields = PERSON
    limits: ClassVar[Limits] = Limits(read=100)  # the server itself works up to 90 s

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields)
        self._fields = fields or PERSON
        self._way = WAYS[Method(config["method"])]
        self.batch_limit = self._way.most  # type: ignore[misc]  # one way takes only one person
        self._transport = Transport(secrets=MarketoConfig.secrets_in(config), limits=self.limits)
        self._session = Session(config, self._transport)
        self._sending = threading.Lock()

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        prepared = [self._prepared(record) for record in records]
        run = Run(self.config, self._way, self._session, self._transport)
        with self._sending, self._transport.call():
            run.send(person for person in prepared if isinstance(person, Person))
        return [run.outcomes[item.key] if isinstance(item, Person) else item for item in prepared]

    def preview(self, record: Record) -> Preview:
        prepared = self._prepared(record)
        if isinstance(prepared, Outcome):
            refused = prepared.result if isinstance(prepared.result, Failure) else None
            return Preview(notes=prepared.notes, refused=refused)
        body = body_for(self._way, self.config, [prepared])
        url = self._session.url(self._way.path)
        return Preview(self._transport.preview("POST", url, headers=self._session.headers(), body=body), prepared.notes)

    def check(self) -> CheckReport:
        with self._transport.call():
            return Examination(self.config, self._fields, self._session, self._transport).report()

    def remove(self, delivered: Delivered, key: UUID) -> bool:
        """Only a person who was made just now: who was there before stays."""
        if delivered.arrival is not Arrival.CREATED or not delivered.external_id.isdigit():
            return False
        body = as_json({"input": [{"id": int(delivered.external_id)}]})
        try:
            with self._transport.call():
                reply = self._session.call("POST", "/rest/v1/leads/delete.json", body)
        except CallFailed:
            return False
        return [entry.get("status") for entry in entries_in(reply.content, 1) or []] == ["deleted"]

    @classmethod
    def credential_ends(cls, config: Mapping[str, Any]) -> list[CredentialEnd]:
        on = config.get("access_ends_on")
        return [CredentialEnd("access_ends_on", _("Access of the API user"), on)] if on else []

    def close(self) -> None:
        self._transport.close()

    def _prepared(self, record: Record) -> Person | Outcome:
        """What to send for the record, or why nothing can be sent."""
        translated = self._fields.translate(record)
        if refused := self._refused(translated):
            return Outcome(record.key, refused, notes=translated.notes)
        identity = str(translated.values[lookup_field(self.config)]).casefold()
        reason = self._way.reason_for(record)
        return Person(record.key, identity, translated.values, translated.notes, reason)

    def _refused(self, translated: Translated) -> Failure | None:
        lookup, values = lookup_field(self.config), translated.values
        if lookup != EMAIL and values.get(lookup) in (None, ""):
            return Failure(kind=FailureKind.REJECTED, cause="marketo_no_lookup_value", params={"field": lookup})
        return refusal_of_email(values.get(EMAIL, ""), EMAIL) if lookup == EMAIL or EMAIL in values else None
