"""Inserts leads, each with its key in a unique field, so that Salesforce itself recognises one that is sent twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import batched
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from integrations.connectors.salesforce import answers, checking, duplicates, finding
from integrations.connectors.salesforce.config import Assignment, SalesforceConfig
from integrations.connectors.salesforce.drafts import Draft, draft_of, improved
from integrations.connectors.salesforce.fields import DEFAULT_FIELDS, fixed_fields
from integrations.connectors.salesforce.org import Org
from integrations.connectors.salesforce.refusals import AUTOMATION_FAILED, REQUIRED_FIELD, Refusal
from integrations.contract import (
    Arrival,
    CheckReport,
    Connector,
    Delivered,
    Exchange,
    Failure,
    FailureKind,
    Outcome,
    Preview,
    Record,
)
from integrations.ending_early import why_no_more
from integrations.json_bodies import as_json, content_of
from integrations.mapping import FieldMap
from integrations.refusals_in_a_row import RefusalsInARow
from integrations.transport import Answer, CallFailed, Limits

_LEAD = "/sobjects/Lead"
_COLLECTION = "/composite/sobjects"
_MEBIBYTE = 1024 * 1024
_REFUSED_TO_ALL = {
    AUTOMATION_FAILED: "salesforce_automation_refuses_all",
    REQUIRED_FIELD: "salesforce_required_field_always_empty",
}

_NOT_TRIED = Failure(kind=FailureKind.TEMPORARY, cause="salesforce_not_tried")


class _Tried(NamedTuple):
    draft: Draft
    outcome: Outcome
    refusals: tuple[Refusal, ...] = ()


class SalesforceConnector(Connector):
    label = _("Salesforce")
    Config = SalesforceConfig
    batch_limit = 200
    default_fields = DEFAULT_FIELDS
    limits: ClassVar[Limits] = Limits(answer_bytes=4 * _MEBIBYTE)  # a Lead with many fields is a long description

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields)
        self._fields = fields or DEFAULT_FIELDS
        self._key_field: str = config["key_field"]
        self._around = answers.Surroundings(self._key_field, fixed_fields(self._fields))
        self._headers = _insert_headers(config)
        self._refusals = RefusalsInARow(_REFUSED_TO_ALL)
        # A kept connection that the server closed meanwhile would look like "no answer".
        self._org = Org(config, self.limits, keep_alive=self.recognises_repeats)

    @property
    def recognises_repeats(self) -> bool:
        return bool(self.config["key_field"])

    def findable_after(self, record: Record) -> timedelta | None:
        can_look = not self._key_field and finding.query_for(draft_of(record, self._fields))
        return finding.LONGEST_REQUEST if can_look else None

    def find(self, record: Record) -> Outcome | None:
        """What else came back of the search is not kept: leads of others."""
        draft = draft_of(record, self._fields)
        body = finding.body_of(finding.query_for(draft), self.config["api_version"])
        try:
            with self._org.attempt():
                answer, token = self._org.call("POST", finding.PATH, body)
        except CallFailed as failed:
            return Outcome(record.key, failed.failure, failed.exchange)
        found = finding.found_in(answer, draft)
        if found is None:
            return None
        result = _linked(found, token.address) if isinstance(found, Delivered) else self._org.kept_failure(found)
        return Outcome(record.key, result, replace(answer.exchange, response_body="") if answer.ok else answer.exchange)

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        drafts = [draft_of(record, self._fields) for record in records]
        with self._org.attempt():
            tried = self._insert_in_turn(batched(drafts, self.batch_limit))
            again = self._tried_again(tried)
            outcomes = [again.get(outcome.key, outcome) for _draft, outcome, _refusals in tried]
            there = self._there_already(outcomes)
        return self._refusals.watched([there.get(outcome.key, outcome) for outcome in outcomes])

    def preview(self, record: Record) -> Preview:
        draft = draft_of(record, self._fields)
        return Preview(self._org.preview("POST", _LEAD, self._values(draft), self._headers), draft.notes)

    def check(self) -> CheckReport:
        with self._org.attempt():
            return checking.check(self._org, self._fields, self._key_field)

    def remove(self, delivered: Delivered, key: UUID) -> bool:
        if delivered.arrival is not Arrival.CREATED:
            return False
        try:
            with self._org.attempt():
                answer, _token = self._org.call("DELETE", f"{_LEAD}/{delivered.external_id}")
        except CallFailed:
            return False
        return answer.ok

    def close(self) -> None:
        self._org.close()

    def _insert_in_turn(self, groups: Iterable[Sequence[Draft]]) -> list[_Tried]:
        tried: list[_Tried] = []
        for group in groups:
            reason = _why_no_more(tried)
            tried += _not_sent(group, reason) if reason else self._insert(group)
        return tried

    def _insert(self, drafts: Sequence[Draft]) -> list[_Tried]:
        is_single = len(drafts) == 1
        path, body = (_LEAD, self._values(drafts[0])) if is_single else (_COLLECTION, self._collection(drafts))
        try:
            answer, token = self._org.call("POST", path, body, headers=self._headers)
        except CallFailed as failed:
            return [self._unheard(draft, failed, path) for draft in drafts]
        if not is_single and not answer.ok:
            return self._refused_together(drafts, answer)
        if is_single:
            meanings = [answers.on_insert(answer, self._around)]
        else:
            meanings = answers.on_collection(answer, len(drafts), self._around)
        return [
            self._heard(draft, meaning, answer, token.address) for draft, meaning in zip(drafts, meanings, strict=True)
        ]

    def _refused_together(self, drafts: Sequence[Draft], answer: Answer) -> list[_Tried]:
        """Half and half, where the refusal may be for one of them: it shall fail alone."""
        failure = answers.failure_of(answer)
        if failure.kind is FailureKind.REJECTED:
            middle = len(drafts) // 2
            return self._insert_in_turn([drafts[:middle], drafts[middle:]])
        return [self._heard(draft, answers.Meaning(failure), answer, "") for draft in drafts]

    def _tried_again(self, tried: Sequence[_Tried]) -> dict[UUID, Outcome]:
        """Outcomes, by key, of those that other words may bring through. Each is tried again once, unless nothing more
        is sent: then it waits with the others, and is tried again when they are."""
        better = [(one.outcome, draft) for one in tried if (draft := improved(one.draft, one.refusals))]
        if reason := _why_no_more(tried):
            return {outcome.key: replace(outcome, result=reason) for outcome, _draft in better}
        drafts = [draft for _outcome, draft in better]
        return {one.outcome.key: one.outcome for one in self._insert_in_turn(batched(drafts, self.batch_limit))}

    def _there_already(self, outcomes: Sequence[Outcome]) -> dict[UUID, Outcome]:
        """Of those that were refused as duplicates, the outcomes, by key, of those that are there themselves."""
        doubtful = [outcome for outcome in outcomes if self._key_field and duplicates.is_doubtful(outcome.result)]
        if not doubtful:
            return {}
        try:
            path = duplicates.search_for((outcome.key for outcome in doubtful), self._key_field)
            answer, token = self._org.call("GET", path)
        except CallFailed:
            return {}
        ids = duplicates.read_found(content_of(answer), self._key_field)
        return {
            outcome.key: replace(outcome, result=_linked(Delivered(Arrival.ALREADY_THERE, found), token.address))
            for outcome in doubtful
            if (found := ids.get(str(outcome.key)))
        }

    def _values(self, draft: Draft) -> dict[str, Any]:
        return draft.values | ({self._key_field: str(draft.record.key)} if self._key_field else {})

    def _collection(self, drafts: Sequence[Draft]) -> dict[str, Any]:
        records = [{"attributes": {"type": "Lead"}} | self._values(draft) for draft in drafts]
        return {"allOrNone": False, "records": records}

    def _unheard(self, draft: Draft, failed: CallFailed, path: str) -> _Tried:
        exchange = failed.exchange
        if exchange and exchange.url.endswith(path):  # and not the sign-in before it
            exchange = self._alone(draft, exchange)
        return _Tried(draft, Outcome(draft.record.key, failed.failure, exchange, draft.notes))

    def _heard(self, draft: Draft, meaning: answers.Meaning, answer: Answer, instance: str) -> _Tried:
        exchange = self._alone(draft, answer.exchange, meaning.text)
        result = self._settled(meaning.result, instance)
        return _Tried(draft, Outcome(draft.record.key, result, exchange, draft.notes), meaning.refusals)

    def _settled(self, result: Delivered | Failure, instance: str) -> Delivered | Failure:
        if isinstance(result, Delivered):
            return _linked(result, instance)
        if result.cause == "unreadable_answer" and not self.recognises_repeats:
            result = replace(result, kind=FailureKind.UNANSWERED)  # it may have been taken
        if result.kind is FailureKind.DEFECT:
            result = replace(result, is_safe_to_repeat=True)  # Salesforce said no
        return self._org.kept_failure(result)

    def _alone(self, draft: Draft, exchange: Exchange, text: str | None = None) -> Exchange:
        """What went over the wire about this record: the others' persons are nobody's business here."""
        body = self._org.kept_text(as_json(self._values(draft)).decode())
        answered = exchange.response_body if text is None else self._org.kept_text(text)
        return replace(exchange, request_body=body, response_body=answered)


def _insert_headers(config: Mapping[str, Any]) -> dict[str, str]:
    rule = config["assignment_rule"] if config["assignment"] == Assignment.RULE else config["assignment"]
    headers = {"Sforce-Auto-Assign": rule}
    if config["allow_duplicates"]:
        headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"
    return headers


def _linked(delivered: Delivered, instance: str) -> Delivered:
    if not delivered.external_id:
        return delivered
    return replace(delivered, external_url=f"{instance}/lightning/r/Lead/{delivered.external_id}/view")


def _why_no_more(tried: Iterable[_Tried]) -> Failure | None:
    return why_no_more([one.outcome.result for one in tried], _NOT_TRIED)


def _not_sent(drafts: Sequence[Draft], reason: Failure) -> list[_Tried]:
    return [_Tried(draft, Outcome(draft.record.key, reason, notes=draft.notes)) for draft in drafts]
