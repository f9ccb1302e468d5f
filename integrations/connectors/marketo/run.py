"""One run of deliveries: calls for all of its people, split and repeated where Marketo wants it so."""

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from integrations.connectors.marketo.answers import (
    COMPANY_LOCKED,
    LONGEST_WORK,
    TWICE_IN_CALL,
    Surroundings,
    entries_in,
    judged,
)
from integrations.connectors.marketo.batches import batches_of, halves_of
from integrations.connectors.marketo.people import Person
from integrations.connectors.marketo.session import Reply, Session
from integrations.connectors.marketo.ways import Way, body_for, names_from
from integrations.contract import STOPPING, Delivered, Exchange, Failure, FailureKind, Outcome
from integrations.transport import Answer, CallFailed, Transport

COMPANY = "company"
# After these the rest is not even tried. What was left unanswered may still be at work on the same person.
_ENDING = STOPPING | {FailureKind.TEMPORARY, FailureKind.UNANSWERED}
_NOT_TRIED = Failure(kind=FailureKind.TEMPORARY, cause="marketo_not_tried", retry_after=LONGEST_WORK)


class Run:
    """``outcomes`` by key, in the order in which they became known."""

    def __init__(self, config: Mapping[str, Any], way: Way, session: Session, transport: Transport) -> None:
        self._config = config
        self._way = way
        self._session = session
        self._transport = transport
        self._names = names_from(config)
        self._waiting: deque[list[Person]] = deque()
        self.outcomes: dict[UUID, Outcome] = {}

    def send(self, people: Iterable[Person]) -> None:
        self._waiting.extend(batches_of(people, self._way.most))
        while self._waiting:
            batch = self._waiting.popleft()
            try:
                self._settle(batch, *self._call(batch))
            except CallFailed as failed:
                self._cope_with(failed, batch)

    def _call(self, batch: Sequence[Person]) -> tuple[Reply, list[dict[str, Any]]]:
        body = body_for(self._way, self._config, batch)
        sent = {name for person in batch for name in person.values}
        reply = self._session.call("POST", self._way.path, body, Surroundings(sent, self._names))
        entries = entries_in(reply.content, len(batch))
        if entries is None:
            raise CallFailed(reply.answer.unreadable(), reply.answer.exchange)
        return reply, entries

    def _settle(self, batch: Sequence[Person], reply: Reply, entries: Sequence[dict[str, Any]]) -> None:
        locked: list[Person] = []
        singly: list[list[Person]] = []
        for person, entry in zip(batch, entries, strict=True):
            answer = self._about_one(reply, entry)
            result = self._judged(person, entry, answer)
            code = result.code if isinstance(result, Failure) else ""
            if code == COMPANY_LOCKED and COMPANY in person.values:
                locked.append(person.without(COMPANY))
            elif code == TWICE_IN_CALL and len(batch) > 1:
                singly.append([person])
            else:
                self._note(person, result, answer.exchange)
        self._next([locked, *singly] if locked else singly)

    def _next(self, batches: Sequence[list[Person]]) -> None:
        """Before what waits, which may be about the same people."""
        self._waiting.extendleft(reversed(batches))

    def _about_one(self, reply: Reply, entry: Mapping[str, Any]) -> Answer:
        """As if it had answered for this person alone."""
        content = json.dumps(reply.content | {"result": [entry]}, ensure_ascii=False)
        return replace(reply.answer, exchange=replace(reply.answer.exchange, response_body=self._kept(content)))

    def _judged(self, person: Person, entry: Mapping[str, Any], answer: Answer) -> Delivered | Failure:
        around = Surroundings(person.values, self._names)
        result = judged(entry, around, datetime.now(UTC)) or answer.unreadable()
        if isinstance(result, Failure):
            return self._transport.kept_failure(result)
        if result.external_id and self._config["app_url"]:
            link = f"{self._config['app_url']}/leadDatabase/loadLeadDetail?leadId={result.external_id}"
            return replace(result, external_url=link)
        return result

    def _cope_with(self, failed: CallFailed, batch: Sequence[Person]) -> None:
        """What Marketo refuses as a whole is halved until the one stands alone that it is about."""
        failure = _not_too_soon(failed.failure)
        if failure.kind is FailureKind.REJECTED and len(batch) > 1:
            self._next(halves_of(batch))
            return
        for person in batch:
            self._note(person, failure, failed.exchange)
        if failure.kind in _ENDING:
            self._leave_the_rest(_NOT_TRIED if failure.kind is FailureKind.UNANSWERED else failure)

    def _leave_the_rest(self, failure: Failure) -> None:
        for person in (person for batch in self._waiting for person in batch):
            self._note(person, failure, None)
        self._waiting.clear()

    def _note(self, person: Person, result: Delivered | Failure, exchange: Exchange | None) -> None:
        """With what was sent for this person alone: nobody's attempt shows the others of the same call."""
        if exchange and exchange.url == self._session.url(self._way.path):
            body = body_for(self._way, self._config, [person])
            exchange = replace(exchange, request_body=self._kept(body.decode()))
        self.outcomes[person.key] = Outcome(person.key, result, exchange, person.notes)

    def _kept(self, text: str) -> str:
        return self._transport.kept(text, self._transport.limits.kept_characters)


def _not_too_soon(failure: Failure) -> Failure:
    """Marketo goes on with a request that lost its connection, and a second one beside it could make two people."""
    return replace(failure, retry_after=LONGEST_WORK) if failure.kind is FailureKind.UNANSWERED else failure
