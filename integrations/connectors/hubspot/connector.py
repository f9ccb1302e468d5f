"""Takes records to HubSpot as contacts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from integrations.connectors.hubspot import fields as contact_fields
from integrations.connectors.hubspot.api import Api, creation_of, upsertion_of
from integrations.connectors.hubspot.checking import Examination
from integrations.connectors.hubspot.config import HubSpotConfig, pages_of_contacts
from integrations.connectors.hubspot.contacts import MOST, Contact, contact_of, refusal_of
from integrations.connectors.hubspot.refusals import Surroundings
from integrations.connectors.hubspot.run import Run
from integrations.contract import Arrival, CheckReport, Connector, Delivered, MostCalls, Outcome, Preview, Record
from integrations.mapping import FieldMap
from integrations.transport import CallFailed, Limits, Transport

_MEBIBYTE = 1024 * 1024
INDEX_BEHIND = timedelta(minutes=5)
"""HubSpot says "a few moments" ("Search the CRM")."""


class HubSpotConnector(Connector):
    """HubSpot has one contact for each e-mail address, so a repeat updates the same contact. One without an address is
    found by the property that holds the lead's ID; where the mapping has none, its lost answers are left to a person,
    one by one."""

    label = _("HubSpot")
    Config = HubSpotConfig
    batch_limit = MOST
    most_calls = MostCalls(300, 60)  # half of 100 in 10 seconds, the least of any plan
    calls_at_once = 1  # two at once with the same new address would get in each other's way
    default_fields = contact_fields.CONTACT
    limits: ClassVar[Limits] = Limits(answer_bytes=8 * _MEBIBYTE)  # hundreds of properties with their options

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields)
        self._fields = fields or contact_fields.CONTACT
        self._key_property = contact_fields.key_property(self._fields)
        self._transport = Transport(secrets=HubSpotConfig.secrets_in(config), limits=self.limits)
        self._api = Api(config, self._transport)
        self._around = Surroundings(config["api_path"], contact_fields.constants(self._fields))

    def recognises(self, record: Record) -> bool:
        return bool(contact_of(record, self._fields).identity)

    def findable_after(self, record: Record) -> timedelta | None:
        return INDEX_BEHIND if self._key_property and not self.recognises(record) else None

    def find(self, record: Record) -> Outcome | None:
        with self._transport.call():
            return self._run().find(contact_of(record, self._fields))

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        prepared = [self._prepared(record) for record in records]
        run = self._run()
        with self._transport.call():
            run.send(contact for contact in prepared if isinstance(contact, Contact))
        return [run.outcomes[item.key] if isinstance(item, Contact) else item for item in prepared]

    def preview(self, record: Record) -> Preview:
        contact = contact_of(record, self._fields)
        if refused := refusal_of(contact):
            return Preview(notes=contact.notes, refused=refused)
        if contact.identity:
            return Preview(self._api.preview(self._api.upserts, upsertion_of([contact])), contact.notes)
        return Preview(self._api.preview(self._api.contacts, creation_of(contact)), contact.notes)

    def check(self) -> CheckReport:
        with self._transport.call():
            return Examination(self.config, self._fields, self._api, self._around).report()

    def remove(self, delivered: Delivered, key: UUID) -> bool:
        """Only a contact that was made just now: who was there before stays. HubSpot keeps it in its recycle bin."""
        if delivered.arrival is not Arrival.CREATED or not delivered.external_id.isdigit():
            return False
        try:
            return self._api.archive(delivered.external_id).ok
        except CallFailed:
            return False

    def close(self) -> None:
        self._transport.close()

    def _run(self) -> Run:
        return Run(self._api, self._around, self._key_property, pages_of_contacts(self.config))

    def _prepared(self, record: Record) -> Contact | Outcome:
        """What to send for the record, or why nothing can be sent."""
        contact = contact_of(record, self._fields)
        refused = refusal_of(contact)
        return Outcome(record.key, refused, notes=contact.notes) if refused else contact
