"""Proves the settings without writing: the token, the fields, the right to write, the account."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations import check_steps, examination
from integrations.connectors.hubspot.api import ACCOUNT, Api
from integrations.connectors.hubspot.fields import fields_in, key_property, unique_in
from integrations.connectors.hubspot.refusals import Surroundings, failure_of
from integrations.contract import CheckStep, Failure
from integrations.json_bodies import content_of
from integrations.mapping import FieldMap
from integrations.transport import Answer, CallFailed


class Examination(examination.Examination):
    """Three calls."""

    cause_of_problem = {
        "target_unknown": "hubspot_property_unknown",
        "target_read_only": "hubspot_property_read_only",
        "constant_not_a_choice": "hubspot_option_refused",
    }

    def __init__(self, config: Mapping[str, Any], fields: FieldMap, api: Api, around: Surroundings) -> None:
        super().__init__(fields)
        self._config = config
        self._api = api
        self._around = around
        self._unique: dict[str, bool] = {}

    def _looks(self) -> Iterator[examination.Look]:
        yield _("Token and fields"), self._describe
        yield _("Field mapping"), self._mapping
        yield _("Right to write contacts"), self._probe
        yield _("Account"), self._account
        yield _("Recognising repeats"), self._repeats

    def _describe(self, label: Promise) -> CheckStep:
        answer = self._read(self._api.properties)
        content = answer.json()
        listed = content.get("results") if isinstance(content, dict) else None
        self._told = fields_in(listed if isinstance(listed, list) else [])
        if not self._told:
            raise CallFailed(answer.unreadable(), answer.exchange)
        self._unique = unique_in(listed or [])
        return check_steps.passed(label, format_lazy(_("{count} properties read."), count=len(self._told)))

    def _probe(self, label: Promise) -> CheckStep:
        """An empty batch: who may not write is told so, and who may is told that it is empty."""
        answer = self._api.send("POST", self._api.upserts, {"inputs": []})
        if answer.status == 400:
            return check_steps.passed(label, _("Nothing was written."))
        if answer.ok:
            return check_steps.unproven(label, _("HubSpot takes a batch of nobody, which says nothing about it."))
        return check_steps.unclear(label, self._failure_of(answer))

    def _account(self, label: Promise) -> CheckStep:
        answer = self._api.send("GET", ACCOUNT)
        content = content_of(answer) if answer.ok else None
        found = content.get("portalId") if isinstance(content, dict) else None
        if not isinstance(found, int):
            return check_steps.unproven(label, _("HubSpot does not tell which account the token belongs to."))
        hub_id = self._config["hub_id"]
        if hub_id and hub_id != str(found):
            return check_steps.misconfigured(label, "hubspot_other_account", found=str(found), wanted=hub_id)
        return check_steps.passed(label, format_lazy(_("Hub ID {hub_id}."), hub_id=found))

    def _repeats(self, label: Promise) -> CheckStep:
        """Of those without an e-mail address; the others are recognised by it."""
        name = key_property(self._fields)
        if not name:
            return check_steps.warning(label, _NO_KEY_PROPERTY)
        if self._unique.get(name) is False:
            return check_steps.warning(label, format_lazy(_NOT_UNIQUE, field=name))
        return check_steps.passed(label)

    def _read(self, path: str) -> Answer:
        answer = self._api.send("GET", path)
        if not answer.ok:
            raise CallFailed(self._failure_of(answer), answer.exchange)
        return answer

    def _failure_of(self, answer: Answer) -> Failure:
        return self._api.kept_failure(failure_of(answer, self._around))


_NO_KEY_PROPERTY = _(
    "HubSpot cannot recognise a lead without an e-mail address that is sent twice: when its answer gets lost, a person "
    "must look. Create a property for the lead's ID, and fill it with “ID of the lead” in the field mapping."
)
_NOT_UNIQUE = _(
    "{field} is found by search, which may miss what was written minutes ago. Better take a property that was made "
    "with “Require unique values”."
)
