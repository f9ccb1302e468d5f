"""Proves the settings without writing: sign-in, fields, the right to write, the form."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations import check_steps, examination
from integrations.connectors.marketo.answers import (
    PERSON_NOT_FOUND,
    Surroundings,
    entries_in,
    judged,
    troubles_in,
)
from integrations.connectors.marketo.config import Method
from integrations.connectors.marketo.people import fields_in
from integrations.connectors.marketo.session import Session
from integrations.connectors.marketo.ways import lookup_field, names_from
from integrations.contract import CheckStep, Failure
from integrations.json_bodies import as_json
from integrations.mapping import FieldMap
from integrations.transport import CallFailed, Transport

_FORMS_ACCESS_DENIED = "603"


class Examination(examination.Examination):
    """Two calls of the daily quota, three with a form."""

    cause_of_problem = {"target_unknown": "marketo_field_unknown", "target_read_only": "marketo_field_locked"}

    def __init__(self, config: Mapping[str, Any], fields: FieldMap, session: Session, transport: Transport) -> None:
        super().__init__(fields)
        self._config = config
        self._session = session
        self._transport = transport
        self._names = names_from(config)

    def _looks(self) -> Iterator[examination.Look]:
        yield _("Sign-in"), self._sign_in
        yield _("Fields"), self._describe
        yield _("Field mapping"), self._mapping
        yield _("Permission to write people"), self._probe
        match self._config["method"]:
            case Method.FORM:
                yield _("Form"), self._form
            case Method.PUSH:
                yield _("Program"), self._program

    def _sign_in(self, label: Promise) -> CheckStep:
        self._session.sign_in()
        return check_steps.passed(label)

    def _describe(self, label: Promise) -> CheckStep:
        reply = self._session.call("GET", "/rest/v1/leads/describe.json")
        result = reply.content.get("result")
        self._told = fields_in(result if isinstance(result, list) else [])
        if not self._told:
            raise CallFailed(reply.answer.unreadable(), reply.answer.exchange)
        return check_steps.passed(label, format_lazy(_("{count} fields read."), count=len(self._told)))

    def _probe(self, label: Promise) -> CheckStep:
        """An update of a person who cannot exist: who may not write is told so, and who may finds nobody."""
        lookup, stranger = lookup_field(self._config), f"probe-{uuid4()}@example.invalid"
        person = {lookup: stranger, "firstName": "Probe"}
        partition = {"partitionName": self._config["partition"]} if self._config["partition"] else {}
        body = as_json({"action": "updateOnly", "lookupField": lookup, **partition, "input": [person]})
        around = Surroundings(person, self._names)
        try:
            reply = self._session.call("POST", "/rest/v1/leads.json", body, around)
        except CallFailed as failed:
            return check_steps.unclear(label, failed.failure)
        (entry,) = entries_in(reply.content, 1) or [{}]
        if any(trouble.code == PERSON_NOT_FOUND for trouble in troubles_in(entry.get("reasons"))):
            return check_steps.passed(label, _("Nothing was written."))
        result = judged(entry, around, datetime.now(UTC)) or reply.answer.unreadable()
        if isinstance(result, Failure):
            return check_steps.unclear(label, self._transport.kept_failure(result))
        return check_steps.unproven(label, _("Marketo's answer to an update of nobody says nothing about it."))

    def _form(self, label: Promise) -> CheckStep:
        try:
            reply = self._session.call(
                "GET", f"/rest/asset/v1/form/{self._config['form_id']}.json", around=Surroundings(names=self._names)
            )
        except CallFailed as failed:
            if failed.failure.code == _FORMS_ACCESS_DENIED:
                return check_steps.unproven(label, _("The API user may not look at forms. A test lead shows it."))
            return check_steps.unclear(label, failed.failure)
        if not reply.content.get("result"):
            return check_steps.misconfigured(label, "marketo_not_found", asset=self._config["form_id"])
        return check_steps.passed(label)

    def _program(self, label: Promise) -> CheckStep:
        return check_steps.unproven(label, _("Only a test lead shows that Marketo has a program of this name."))
