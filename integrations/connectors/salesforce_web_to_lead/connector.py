"""Posts each lead as a form. No answer ever says that the lead is there, and a repeat makes a second one."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.connectors.salesforce_web_to_lead.answers import judge
from integrations.connectors.salesforce_web_to_lead.config import SalesforceWebToLeadConfig
from integrations.connectors.salesforce_web_to_lead.fields import DEFAULT_FIELDS
from integrations.contract import CheckReport, Connector, MostCalls, Note, Outcome, Preview, Record
from integrations.mapping import FieldMap
from integrations.transport import CallFailed, Limits, Transport, certificate_end

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


class SalesforceWebToLeadConnector(Connector):
    label = _("Salesforce Web-to-Lead")
    Config = SalesforceWebToLeadConfig
    most_calls = MostCalls(500, 86_400)  # what goes beyond that a day waits at Salesforce, then is lost
    default_fields = DEFAULT_FIELDS
    limits: ClassVar[Limits] = Limits()

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields)
        self._fields = fields or DEFAULT_FIELDS
        self._host: str = config["address"] or config["host"]
        query = urlencode({"encoding": "UTF-8", "orgId": config["organization_id"]})
        self._url = f"{self._host}/servlet/servlet.WebToLead?{query}"
        # A connection for each post: a kept one that the server closed meanwhile would look like "no answer".
        self._transport = Transport(limits=self.limits, keep_alive=False)

    @property
    def recognises_repeats(self) -> bool:
        return False

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        return [self._deliver(record) for record in records]

    def preview(self, record: Record) -> Preview:
        body, notes = self._form(record)
        return Preview(self._transport.preview("POST", self._url, headers=_HEADERS, body=body), notes)

    def check(self) -> CheckReport:
        """No form is posted: every post makes a lead. TLS proves whom we reach."""
        try:
            certificate_end(self._url, self._transport.policy, self.limits)
        except CallFailed as failed:
            return CheckReport([check_steps.failed(_("Connection"), failed.failure)])
        return CheckReport([check_steps.passed(_("Connection")), _ORGANIZATION, _ACCEPTANCE])

    def close(self) -> None:
        self._transport.close()

    def _deliver(self, record: Record) -> Outcome:
        body, notes = self._form(record)
        try:
            answer = self._transport.send("POST", self._url, headers=_HEADERS, body=body)
        except CallFailed as failed:
            return Outcome(record.key, failed.failure, failed.exchange, notes)
        result, more_notes = judge(answer)
        return Outcome(record.key, result, answer.exchange, notes + more_notes)

    def _form(self, record: Record) -> tuple[bytes, tuple[Note, ...]]:
        values, notes = self._fields.translate(record)
        written = {name: _written(value) for name, value in values.items() if value is not False}
        return urlencode(written | self._own_fields(record)).encode(), notes

    def _own_fields(self, record: Record) -> dict[str, str]:
        """What no mapping may change."""
        config = self.config
        own = {
            "oid": config["organization_id"],
            "encoding": "UTF-8",
            "retURL": config["return_url"],
            "Campaign_ID": config["campaign"],
            "recordType": config["record_type"],
        }
        if config["key_field"]:
            own[config["key_field"]] = str(record.key)
        if config["debug_email"]:
            own |= {"debug": "1", "debugEmail": config["debug_email"]}
        return {name: value for name, value in own.items() if value}


def _written(value: Any) -> str:
    """A ticked box is 1; one that is not ticked is not part of a form."""
    return "1" if value is True else str(value)


_ORGANIZATION = check_steps.unproven(
    _("Organization ID"),
    _("It has the right form. Salesforce takes forms for organizations that do not exist as well."),
)
_ACCEPTANCE = check_steps.unproven(
    _("Acceptance of leads"),
    _("The form never confirms a lead. Send a test lead, then search Salesforce for “Lead CRM connection test”."),
)
