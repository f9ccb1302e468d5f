"""One run of deliveries: the calls for all of its contacts, split and answered in other ways where HubSpot wants it so.

A contact with an e-mail address is created or updated by it. Where that is refused, it is created, and if somebody has
the address already, that one is updated. A contact without one can only be created: the next time it is found by the
property that holds the lead's ID, if the mapping has one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from integrations.connectors.hubspot.answers import Entry, delivered, entries_in, found_in
from integrations.connectors.hubspot.api import Api, upsertion_of
from integrations.connectors.hubspot.contacts import Contact, batches_of
from integrations.connectors.hubspot.refusals import (
    Refusal,
    Surroundings,
    failure_of,
    failure_of_entry,
    refusal_in,
)
from integrations.contract import Arrival, Delivered, Exchange, Failure, FailureKind, Outcome
from integrations.json_bodies import content_of
from integrations.transport import Answer, CallFailed

# After these the rest is not even tried. What was left unanswered may still be at work on the same person.
_ENDING = (FailureKind.MISCONFIGURED, FailureKind.THROTTLED, FailureKind.TEMPORARY, FailureKind.UNANSWERED)
# A gateway says so when HubSpot itself has left it without an answer.
_NO_ANSWER_BEHIND = (502, 504, 520, 524)
_NOT_TRIED = Failure(kind=FailureKind.TEMPORARY, cause="hubspot_not_tried")

type _Step = Callable[[Sequence[Contact]], None]


class Run:
    """``outcomes`` by key. ``key_property`` is the one that holds the lead's ID, ``pages`` is where the account's
    contacts are shown; empty where there is none."""

    def __init__(self, api: Api, around: Surroundings, key_property: str, pages: str) -> None:
        self._api = api
        self._around = around
        self._key_property = key_property
        self._pages = pages
        self._waiting: deque[tuple[_Step, Sequence[Contact]]] = deque()
        self.outcomes: dict[UUID, Outcome] = {}

    def send(self, contacts: Iterable[Contact]) -> None:
        known = list(contacts)
        batches = batches_of(contact for contact in known if contact.identity)
        self._waiting.extend((self._upsert, batch) for batch in batches)
        self._waiting.extend((self._create, [contact]) for contact in known if not contact.identity)
        while self._waiting:
            step, batch = self._waiting.popleft()
            try:
                step(batch)
            except CallFailed as failed:
                self._give_up(batch, failed)

    def find(self, contact: Contact) -> Outcome | None:
        """A contact without an e-mail address, by the lead's ID; ``None`` where it is not there."""
        try:
            answer = self._api.search(self._key_property, str(contact.key))
            found = self._found_in(answer)
        except CallFailed as failed:
            self._note(contact, _nothing_sent(failed.failure), failed.exchange)
        else:
            if found:
                self._note(contact, Delivered(Arrival.ALREADY_THERE, found), answer.exchange)
        return self.outcomes.get(contact.key)

    def _found_in(self, answer: Answer) -> str:
        if not answer.ok:
            raise CallFailed(failure_of(answer, self._around), answer.exchange)
        found = found_in(answer.json())
        if found is None:
            raise CallFailed(answer.unreadable(), answer.exchange)
        return found

    def _upsert(self, batch: Sequence[Contact]) -> None:
        answer = self._api.upsert(batch)
        if not answer.ok:
            self._refused(batch, answer)
            return
        entries = entries_in(answer.json(), batch)
        if entries is None:
            raise CallFailed(answer.unreadable(), answer.exchange)
        for contact in batch:
            if entry := entries.get(contact.key):
                self._settle(contact, entry, answer)
            elif len(batch) > 1:  # sent alone, the answer can only be about this one
                self._next(self._upsert, [[contact]])
            else:
                raise CallFailed(answer.unreadable(), answer.exchange)

    def _refused(self, batch: Sequence[Contact], answer: Answer) -> None:
        """What is refused as a whole is halved until the one stands alone that it is about."""
        refusal, failure = refusal_in(content_of(answer)), failure_of(answer, self._around)
        if _calls_for_creation(refusal) and (len(batch) == 1 or refusal.is_about_upserting):
            self._next(self._create, [[contact] for contact in batch])
        elif failure.kind is FailureKind.REJECTED and len(batch) > 1:
            middle = len(batch) // 2
            self._next(self._upsert, [batch[:middle], batch[middle:]])
        else:
            raise CallFailed(failure, answer.exchange)

    def _settle(self, contact: Contact, entry: Entry, answer: Answer) -> None:
        refusal = refusal_in(entry.content) if entry.is_error else None
        if refusal and _calls_for_creation(refusal):
            self._next(self._create, [[contact]])
            return
        if refusal:
            failure = failure_of_entry(entry.content, answer.status, self._around)
            result = self._there_by_key(refusal) or failure
        else:
            result = delivered(entry.content) or answer.unreadable()
        body = self._api.kept_json(entry.alone(answer.json()))
        self._note(contact, result, replace(answer.exchange, response_body=body))

    def _create(self, alone: Sequence[Contact]) -> None:
        (contact,) = alone
        answer = self._api.create(contact)
        if answer.ok:
            made = delivered(answer.json())
            result = replace(made, arrival=Arrival.CREATED) if made else answer.unreadable()
            self._note(contact, result, answer.exchange)
            return
        refusal = refusal_in(content_of(answer))
        if there := self._there_by_key(refusal):
            self._note(contact, there, answer.exchange)
        elif refusal.existing_id and contact.identity:
            self._update(contact, refusal.existing_id)
        else:
            raise CallFailed(failure_of(answer, self._around), answer.exchange)

    def _update(self, contact: Contact, contact_id: str) -> None:
        answer = self._api.update(contact_id, contact)
        if answer.ok:
            result = delivered(answer.json()) or answer.unreadable()
        elif answer.status == 404:  # the contact went away meanwhile
            result = Failure(kind=FailureKind.REJECTED, cause="conflict", http_status=404)
        else:
            raise CallFailed(failure_of(answer, self._around), answer.exchange)
        self._note(contact, result, answer.exchange)

    def _there_by_key(self, refusal: Refusal) -> Delivered | None:
        """When HubSpot refuses because another contact has this lead's ID: then it is the same lead."""
        owner = refusal.owner_of_value(self._key_property) if self._key_property else None
        return None if owner is None else Delivered(Arrival.ALREADY_THERE, owner)

    def _next(self, step: _Step, batches: Sequence[Sequence[Contact]]) -> None:
        """Before what waits, which may be about the same people."""
        self._waiting.extendleft((step, batch) for batch in reversed(batches))

    def _give_up(self, batch: Sequence[Contact], failed: CallFailed) -> None:
        for contact in batch:
            self._note(contact, failed.failure, failed.exchange)
        if failed.failure.kind in _ENDING:
            is_known = failed.failure.kind is not FailureKind.UNANSWERED
            for contact in (contact for _step, waiting in self._waiting for contact in waiting):
                self._note(contact, failed.failure if is_known else _NOT_TRIED, None)
            self._waiting.clear()

    def _note(self, contact: Contact, result: Delivered | Failure, exchange: Exchange | None) -> None:
        """With what was sent for this contact alone: nobody's attempt shows the others of the same call."""
        if exchange and exchange.url == self._api.url(self._api.upserts):
            exchange = replace(exchange, request_body=self._api.kept_json(upsertion_of([contact])))
        if isinstance(result, Failure):
            result = self._api.kept_failure(self._in_doubt(contact, result, exchange))
        elif self._pages and result.external_id:
            result = replace(result, external_url=f"{self._pages}{result.external_id}")
        self.outcomes[contact.key] = Outcome(contact.key, result, exchange, contact.notes)

    def _in_doubt(self, contact: Contact, failure: Failure, exchange: Exchange | None) -> Failure:
        """A creation that HubSpot would not recognise the next time, when its answer got lost."""
        is_creation = exchange is not None and exchange.url == self._api.url(self._api.contacts)
        is_lost = failure.kind is FailureKind.UNANSWERED or failure.cause == "unreadable_answer"
        if contact.identity or not is_creation or not (is_lost or failure.http_status in _NO_ANSWER_BEHIND):
            return failure
        return replace(
            failure, kind=FailureKind.UNANSWERED, cause="may_have_arrived", is_safe_to_repeat=False,
            retry_after=None, escalates=None,
        )  # fmt: skip


def _calls_for_creation(refusal: Refusal) -> bool:
    return refusal.is_conflict or refusal.is_about_upserting


def _nothing_sent(failure: Failure) -> Failure:
    if failure.kind is not FailureKind.UNANSWERED:
        return failure
    return replace(failure, kind=FailureKind.TEMPORARY, cause="hubspot_search_unanswered")
