"""Posts each record to a Marketo form, one request each."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.connectors.marketo_form.answers import content_of, fields_in, judged
from integrations.connectors.marketo_form.config import FormHandler, MarketoFormConfig, origin_for
from integrations.contract import (
    CheckReport,
    CheckStep,
    Connector,
    Outcome,
    Preview,
    Record,
)
from integrations.mapping import FieldMap, Origin, Rule, TargetField, Translated, ValueType
from integrations.transport import CallFailed, Limits, Transport
from integrations.vendors.marketo import refusal_of_email

EMAIL = "Email"
LONGEST_STRING = 255
# A form's fields go by their names of old, not by those of the REST API.
_RULES = (
    Rule(EMAIL, Origin.FIELD, "email"),
    Rule("FirstName", Origin.FIELD, "first_name"),
    Rule("LastName", Origin.FIELD, "last_name"),
    Rule("Company", Origin.FIELD, "company"),
    Rule("Title", Origin.FIELD, "title"),
    Rule("Phone", Origin.FIELD, "phone"),
    Rule("Country", Origin.FIELD, "country"),
    Rule("LeadSource", Origin.FIELD, "lead_source"),
)
_TARGETS = [
    TargetField(
        name=rule.target,
        type=ValueType.EMAIL if rule.target == EMAIL else ValueType.TEXT,
        max_length=LONGEST_STRING,
    )
    for rule in _RULES
]
FORM_FIELDS = FieldMap.of(_TARGETS, _RULES)

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "Accept": "application/json"}
_UNREAD = check_steps.unproven(
    _("Form"), _("Marketo did not describe it: compare form ID and Munchkin account ID with the form's embed code.")
)
_ACCEPTANCE = check_steps.unproven(
    _("Acceptance of leads"), _("The form handler confirms nothing: look in Marketo whether a test lead is there.")
)


class MarketoFormConnector(Connector):
    """Marketo merges by e-mail, but logs each post as one more filled-out form: repeats are left to people."""

    label = _("Marketo form (legacy)")
    Config = MarketoFormConfig
    calls_at_once = 1
    default_fields = FORM_FIELDS
    limits: ClassVar[Limits] = Limits(answer_bytes=256 * 1024)

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields)
        self._fields = fields or FORM_FIELDS
        self._handler = FormHandler(config["handler"])
        self._origin = origin_for(config)
        self._url = f"{self._origin}/index.php/leadCapture/{self._handler.value}"
        self._names = {"form": config["form_id"], "account": config["munchkin_id"]}
        self._transport = Transport(limits=self.limits, keep_alive=False)

    @property
    def recognises_repeats(self) -> bool:
        return False

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        return [self._deliver(record) for record in records]

    def preview(self, record: Record) -> Preview:
        translated = self._fields.translate(record)
        if refused := refusal_of_email(translated.values.get(EMAIL, ""), EMAIL):
            return Preview(notes=translated.notes, refused=refused)
        body = self._body(translated)
        return Preview(self._transport.preview("POST", self._url, headers=_HEADERS, body=body), translated.notes)

    def _deliver(self, record: Record) -> Outcome:
        translated = self._fields.translate(record)
        if refused := refusal_of_email(translated.values.get(EMAIL, ""), EMAIL):
            return Outcome(record.key, refused, notes=translated.notes)
        try:
            answer = self._transport.send("POST", self._url, headers=_HEADERS, body=self._body(translated))
        except CallFailed as failed:
            return Outcome(record.key, failed.failure, failed.exchange, translated.notes)
        result, notes = judged(answer, self._handler, self._names)
        return Outcome(record.key, result, answer.exchange, translated.notes + notes)

    def _body(self, translated: Translated) -> bytes:
        values = {name: _as_text(value) for name, value in translated.values.items()}
        return urlencode(values | self._own_fields()).encode()

    def _own_fields(self) -> dict[str, str]:
        """What no mapping may change."""
        form = self.config["form_id"]
        ids = {"munchkinId": self.config["munchkin_id"], "formid": form, "formVid": form}
        return ids | {"_mkt_trk": "", "_mktoReferrer": self.config["page_url"]}

    def check(self) -> CheckReport:
        """Reads the form as a browser does that shows it. Nothing proves that the handler takes posts."""
        asked = urlencode({"munchkinId": self.config["munchkin_id"], "form": self.config["form_id"]})
        try:
            answer = self._transport.send("GET", f"{self._origin}/index.php/form/getForm?{asked}")
        except CallFailed as failed:
            return CheckReport([check_steps.failed(_("Connection"), failed.failure)])
        told = fields_in(content_of(answer.body)) if answer.ok else ()
        form = [check_steps.passed(_("Form")), self._mapping(told)] if told else [_UNREAD]
        return CheckReport([check_steps.passed(_("Connection")), *form, _ACCEPTANCE], told)

    def _mapping(self, told: Sequence[TargetField]) -> CheckStep:
        known = {target.name for target in told}
        if missing := [rule.target for rule in self._fields.rules if rule.target not in known]:
            text = _("Not on the form, so that Marketo may drop them: {fields}.")
            return check_steps.warning(_("Field mapping"), format_lazy(text, fields=", ".join(missing)))
        return check_steps.passed(_("Field mapping"))

    def close(self) -> None:
        self._transport.close()


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
