"""What the answers to inserts mean for each record; pure."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from integrations.connectors.salesforce.refusals import (
    LEAD_ID,
    Refusal,
    already_there,
    failure_in,
    in_words,
    read_refusals,
)
from integrations.contract import Arrival, Delivered, Failure, FailureKind
from integrations.json_bodies import content_of
from integrations.transport import Answer, Verdict

_BY_STATUS: Mapping[int, Verdict] = {
    401: (FailureKind.MISCONFIGURED, "salesforce_session_refused"),
    410: (FailureKind.MISCONFIGURED, "salesforce_api_version"),
    415: (FailureKind.DEFECT, "salesforce_request_unreadable"),
    420: (FailureKind.MISCONFIGURED, "salesforce_api_version"),
}


class Surroundings(NamedTuple):
    """What an answer is read by: the field that holds our key, empty where none does, and those whose value is the same
    to a list for all leads."""

    key_field: str = ""
    fixed: Collection[str] = frozenset()


class Meaning(NamedTuple):
    """Of an answer, for one record. ``refusals`` are why, where Salesforce said so; ``text`` its words on this record,
    where they stand among those on others."""

    result: Delivered | Failure
    refusals: tuple[Refusal, ...] = ()
    text: str | None = None


def failure_of(answer: Answer, fixed: Collection[str] = ()) -> Failure:
    """Of an answer that is no success."""
    refusals = read_refusals(content_of(answer))
    failure, by_status = failure_in(refusals, fixed), answer.failure(_BY_STATUS)
    if failure is None or (failure.kind is FailureKind.TEMPORARY and by_status.retry_after):
        return replace(by_status, code=refusals[0].code if refusals else "")
    return replace(failure, http_status=answer.status)


def on_insert(answer: Answer, around: Surroundings) -> Meaning:
    """Of the call with a single record."""
    content = content_of(answer)
    if answer.ok:
        return _on_entry(answer, content, around)
    refusals = read_refusals(content)
    return Meaning(already_there(refusals, around.key_field) or failure_of(answer, around.fixed), refusals)


def on_collection(answer: Answer, count: int, around: Surroundings) -> list[Meaning]:
    """Of the call with so many records, each in its place: a success by its status even where all of them failed."""
    content = content_of(answer)
    if not isinstance(content, list) or len(content) != count:
        return [Meaning(answer.unreadable())] * count
    return [_on_entry(answer, entry, around, json.dumps(entry, ensure_ascii=False)) for entry in content]


def _on_entry(answer: Answer, entry: Any, around: Surroundings, text: str | None = None) -> Meaning:
    content = entry if isinstance(entry, dict) else {}
    refusals = read_refusals(content.get("errors"))
    if refusals and not content.get("success"):
        failure = replace(failure_in(refusals, around.fixed) or _refused(refusals), http_status=answer.status)
        return Meaning(already_there(refusals, around.key_field) or failure, refusals, text)
    external_id = content.get("id")
    if content.get("success") is True and isinstance(external_id, str) and LEAD_ID.fullmatch(external_id):
        return Meaning(Delivered(Arrival.CREATED, external_id), text=text)
    unreadable = answer.unreadable()
    return Meaning(unreadable if text is None else replace(unreadable, detail=text), text=text)


def _refused(refusals: tuple[Refusal, ...]) -> Failure:
    """For a code that nobody described."""
    return Failure(kind=FailureKind.REJECTED, cause="record_refused", code=refusals[0].code, detail=in_words(refusals))
