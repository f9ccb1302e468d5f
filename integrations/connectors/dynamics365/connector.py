"""Creates leads in Dataverse: one request for one lead, one batch for several."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.utils.translation import gettext_lazy as _

from integrations.connectors.dynamics365 import batch
from integrations.connectors.dynamics365.answers import (
    OF_WRONG_TYPE,
    PLUGIN_REFUSED,
    failure_of_batch,
    judge,
    limit_in,
)
from integrations.connectors.dynamics365.checking import report_on
from integrations.connectors.dynamics365.config import Dynamics365Config, SignIn
from integrations.connectors.dynamics365.creation import METHOD, Creation, address_of
from integrations.connectors.dynamics365.fields import DEFAULT_FIELDS, constants, with_limit
from integrations.connectors.dynamics365.web_api import HEADERS, WebApi
from integrations.contract import (
    CheckReport,
    Connector,
    CredentialEnd,
    Delivered,
    Exchange,
    Failure,
    FailureKind,
    Note,
    Outcome,
    Preview,
    Record,
)
from integrations.ending_early import why_no_more
from integrations.mapping import FieldMap
from integrations.mapping.cutting import utf16_length
from integrations.refusals_in_a_row import RefusalsInARow
from integrations.transport import Answer, CallFailed, Limits, Transport
from integrations.transport.call import calling
from integrations.vendors.entra.client_assertion import SigningCertificate
from integrations.vendors.entra.sign_in import SignInFailed

# A batch as a whole is refused for its form or its size: then one of its leads may be why.
_SPLIT = (400, 413)
_REFUSED_TO_ALL = {
    PLUGIN_REFUSED: "dynamics365_plugin_refuses_all",
    OF_WRONG_TYPE: "dynamics365_values_of_wrong_type",
}
_NOT_TRIED = Failure(kind=FailureKind.TEMPORARY, cause="dynamics365_not_tried")
_SHOWN_OF_A_PART = ("odata-entityid", "retry-after", "x-ms-service-request-id", "req_id")
_NO_REPLY = batch.Reply(200, {}, b"")


class Dynamics365Connector(Connector):
    label = _("Dynamics 365 (Dataverse)")
    Config = Dynamics365Config
    batch_limit = batch.MOST
    default_fields = DEFAULT_FIELDS
    # A batch is worked off lead by lead, with every plug-in, before its answer begins.
    limits: ClassVar[Limits] = Limits(read=100)
    longest_check: ClassVar[float] = 60
    """Seconds. What is only read is answered at once."""

    fields: FieldMap

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields)
        self._key_column: str = config["key_column"]
        self._transport = Transport(secrets=Dynamics365Config.secrets_in(config), limits=self.limits)
        self._api = WebApi(config, self._transport)
        self._refusals = RefusalsInARow(_REFUSED_TO_ALL)

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        creations = [self._creation(record) for record in records]
        with self._transport.call():
            outcomes = self._create(creations)
            return self._refusals.watched(self._again_shorter(creations, outcomes))

    def preview(self, record: Record) -> Preview:
        creation = self._creation(record)
        url, headers = self._api.url(creation.resource), {**HEADERS, **creation.headers}
        return Preview(self._transport.preview(METHOD, url, headers=headers, body=creation.body), creation.notes)

    def check(self) -> CheckReport:
        seconds = min(self.longest_check, self.limits.total)
        with calling(self._transport.policy, seconds, self.limits.answer_bytes):
            return report_on(self._api, self.fields, self._key_column)

    def remove(self, delivered: Delivered, key: UUID) -> bool:
        try:
            answer = self._api.call("DELETE", address_of(key, self._key_column), headers={})
        except CallFailed:
            return False
        return answer.status == 204

    @classmethod
    def credential_ends(cls, config: Mapping[str, Any]) -> list[CredentialEnd]:
        """A certificate says itself when it ends."""
        if config["sign_in"] == SignIn.CERTIFICATE:
            ends_on = SigningCertificate.from_pem(config["certificate"]).ends_on
            return [CredentialEnd("certificate", _("Certificate"), ends_on)]
        ends_on = config["client_secret_ends_on"]
        return [CredentialEnd("client_secret", _("Client secret"), ends_on)] if ends_on else []

    def close(self) -> None:
        self._transport.close()

    def _creation(self, record: Record) -> Creation:
        return Creation.of(record, self.fields, self._key_column)

    def _create(self, creations: Sequence[Creation]) -> list[Outcome]:
        if len(creations) > 1:
            return self._create_together(creations)
        return [self._create_alone(creation) for creation in creations]

    def _create_alone(self, creation: Creation) -> Outcome:
        try:
            answer = self._api.call(METHOD, creation.resource, headers=creation.headers, body=creation.body)
        except CallFailed as failed:
            return Outcome(creation.key, failed.failure, failed.exchange, creation.notes)
        return self._outcome(creation, answer)

    def _create_together(self, creations: Sequence[Creation]) -> list[Outcome]:
        boundary = f"batch_{uuid4().hex}"
        body = batch.written((creation.as_part() for creation in creations), boundary)
        try:
            answer = self._api.call("POST", "$batch", headers=batch.headers_for(boundary), body=body)
        except SignInFailed as failed:
            return [Outcome(each.key, failed.failure, failed.exchange, each.notes) for each in creations]
        except CallFailed as failed:
            return [Outcome(each.key, failed.failure, self._exchange_of_part(each), each.notes) for each in creations]
        replies = batch.replies_in(answer.headers.get("content-type", ""), answer.body) if answer.ok else None
        if replies is None:
            return self._refused_together(creations, answer)
        named = replies if len(replies) <= len(creations) else []
        return [self._outcome_of_part(*each) for each in zip(creations, chain(named, repeat(_NO_REPLY)), strict=False)]

    def _refused_together(self, creations: Sequence[Creation], answer: Answer) -> list[Outcome]:
        failure = failure_of_batch(answer)
        if answer.status in _SPLIT and failure.kind is FailureKind.REJECTED:
            return self._create_halves(creations)
        return [Outcome(each.key, failure, self._exchange_of_whole(each, answer), each.notes) for each in creations]

    def _create_halves(self, creations: Sequence[Creation]) -> list[Outcome]:
        """Until the one that is to blame stands alone."""
        middle = len(creations) // 2
        first, rest = self._create(creations[:middle]), creations[middle:]
        if reason := _why_no_more(first):
            return first + [Outcome(each.key, reason, None, each.notes) for each in rest]
        return first + self._create(rest)

    def _again_shorter(self, creations: Sequence[Creation], outcomes: list[Outcome]) -> list[Outcome]:
        """Texts that are too long by what the system itself says are cut to that length, and sent once more."""
        shorter = [found for each in zip(creations, outcomes, strict=True) if (found := self._shorter(*each))]
        if reason := _why_no_more(outcomes):
            waiting = {creation.key for creation in shorter}
            return [replace(each, result=reason) if each.key in waiting else each for each in outcomes]
        again = {outcome.key: outcome for outcome in self._create(shorter)}
        return [again.get(outcome.key, outcome) for outcome in outcomes]

    def _shorter(self, creation: Creation, outcome: Outcome) -> Creation | None:
        """``None`` where nothing was too long by our count, so that cutting would change nothing."""
        named = limit_in(outcome.result) if isinstance(outcome.result, Failure) else None
        if named is None or utf16_length(str(creation.columns.get(named[0], ""))) <= named[1]:
            return None
        self.fields = with_limit(self.fields, *named)
        again = self._creation(creation.record)
        note = Note("sent_again_shorter", {"field": named[0], "limit": named[1]})
        return again._replace(notes=(*again.notes, note))

    def _exchange_of_whole(self, creation: Creation, answer: Answer) -> Exchange:
        """With what was said to all."""
        said = answer.exchange
        return replace(
            self._exchange_of_part(creation),
            response_status=said.response_status,
            response_headers=said.response_headers,
            response_body=said.response_body,
        )

    def _outcome_of_part(self, creation: Creation, reply: batch.Reply) -> Outcome:
        exchange = replace(
            self._exchange_of_part(creation),
            response_status=reply.status,
            response_headers={
                name: self._transport.kept(reply.headers[name], 500)
                for name in _SHOWN_OF_A_PART
                if name in reply.headers
            },
            response_body=self._transport.kept(reply.body.decode(errors="replace"), self.limits.kept_characters),
        )
        return self._outcome(creation, Answer(reply.status, reply.headers, reply.body, exchange))

    def _outcome(self, creation: Creation, answer: Answer) -> Outcome:
        result = judge(answer, creation.key, self._key_column, constants(self.fields))
        if isinstance(result, Delivered):
            result = self._linked(result, creation.key)
        return Outcome(creation.key, result, answer.exchange, creation.notes)

    def _linked(self, delivered: Delivered, key: UUID) -> Delivered:
        """With the address that opens the record for a person, where its own id is known."""
        lead_id = delivered.external_id or ("" if self._key_column else str(key))
        site = self.config["environment_url"].replace(".api.crm", ".crm")
        url = f"{site}/main.aspx?etn=lead&pagetype=entityrecord&id={lead_id}" if lead_id else ""
        return replace(delivered, external_id=lead_id or str(key), external_url=url)

    def _exchange_of_part(self, creation: Creation) -> Exchange:
        """Of the whole batch, one lead's attempt keeps what is its own: the others are other people's."""
        url, headers = self._api.url(creation.resource), creation.as_part().headers
        return self._transport.unsent(METHOD, url, headers=headers, body=creation.body)


def _why_no_more(outcomes: Sequence[Outcome]) -> Failure | None:
    return why_no_more([outcome.result for outcome in outcomes], _NOT_TRIED)
