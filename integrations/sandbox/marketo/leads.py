"""The calls that write people: sync leads, push lead to program, submit form, delete leads."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.marketo.calls import Call
from integrations.sandbox.marketo.entries import REQUEST
from integrations.sandbox.marketo.errors import Refused, reason
from integrations.sandbox.marketo.people import People
from integrations.sandbox.marketo.settings import Settings
from integrations.sandbox.marketo.upsert import CREATE_OR_UPDATE, Order, Outcome, Upsert, fault_of
from integrations.sandbox.messages import Request

Json = dict[str, Any]

_MEDIA_TYPE = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE)
_SYNC = {"action": str, "lookupField": str, "partitionName": str, "asyncProcessing": bool, "input": list}
_PUSH = dict.fromkeys(("programName", "programStatus", "source", "reason", "lookupField", "partitionName"), str)
_SUBMIT = {"formId": int, "programId": int, "input": list}
_SUBMITTED = {"leadFormFields": dict, "visitorData": dict, "cookie": str}
_VISITOR = {"pageURL": str, "queryString": str, "leadClientIpAddress": str, "userAgentString": str}


@dataclass(frozen=True)
class Turn:
    """One call that is to be played."""

    request: Request
    settings: Settings
    call: Call
    people: People


@dataclass(frozen=True)
class Played:
    """What the answer says, and what became of the records."""

    result: list[Json]
    outcomes: tuple[Outcome, ...] = ()


def sync_leads(turn: Turn) -> Played:
    content = _content(turn.request, _SYNC)
    records = _records(content, turn.settings)
    order = Order(
        content.get("action", CREATE_OR_UPDATE), content.get("lookupField", "email"), content.get("partitionName")
    )
    outcomes = _written(turn, order, records)
    return Played([outcome.as_json() for outcome in outcomes], outcomes)


def push_lead(turn: Turn) -> Played:
    content = _content(turn.request, {**_PUSH, "input": list})
    program, status = _program(content, turn.settings)
    records = _records(content, turn.settings)
    order = Order(lookup=content.get("lookupField", "email"), partition=content.get("partitionName"))
    outcomes = _written(turn, order, records)
    why: dict[str, object] = {name: content[name] for name in ("source", "reason") if name in content}
    for outcome in outcomes:
        if outcome.person is not None:
            turn.people.join(outcome.person, program, {"status": status, **why})
    return Played([outcome.as_json(with_status=False) for outcome in outcomes], outcomes)


def submit_form(turn: Turn) -> Played:
    content = _content(turn.request, _SUBMIT)
    form = _required(content, "formId")
    if str(form) not in turn.settings.forms:
        raise Refused("form", reason("702"))
    submitted = _submission(content)
    visitor = _typed(submitted.get("visitorData") or {}, _VISITOR)
    outcome = Upsert(turn.people, turn.settings, Order(), turn.call).write(submitted.get("leadFormFields") or {})
    if outcome.person is not None:
        turn.people.log_form(outcome.person, form, {**visitor, "by": "submitForm"})
    return Played([outcome.as_json()], (outcome,))


def delete_leads(turn: Turn) -> Played:
    records = _records(_content(turn.request, {"input": list}), turn.settings)
    outcomes = tuple(_deleted(turn, record.get("id")) for record in records)
    return Played([outcome.as_json() for outcome in outcomes], outcomes)


def _deleted(turn: Turn, person: object) -> Outcome:
    if type(person) is not int:
        return Outcome("skipped", reason=reason("1002", name="id"))
    if not turn.people.find("id", person, turn.call):
        return Outcome("skipped", reason=reason("1004"))
    turn.people.delete(person)
    return Outcome("deleted", person)


def _content(request: Request, allowed: Mapping[str, type]) -> Json:
    """The body, of which each name is allowed and each value of its type; nulls are left out."""
    if not _MEDIA_TYPE.fullmatch(request.header("content-type") or ""):
        raise Refused("media_type", reason("612"))
    try:
        content = json.loads(request.body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _not_json() from None
    return _typed(content, allowed)


def _typed(content: object, allowed: Mapping[str, type]) -> Json:
    if not isinstance(content, dict) or not content.keys() <= allowed.keys():
        raise _not_json()
    given = {name: value for name, value in content.items() if value is not None}
    if not all(type(value) is allowed[name] for name, value in given.items()):
        raise _not_json()
    return given


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _not_json() -> Refused:
    return Refused("not_json", reason("609"))


def _required(content: Json, name: str) -> Any:
    value = content.get(name)
    if not value:
        raise Refused("parameter", reason("701", name=name))
    return value


def _records(content: Json, settings: Settings) -> list[Json]:
    records: list[Json] = _required(content, "input")
    if not all(isinstance(record, dict) for record in records):
        raise _not_json()
    if len(records) > settings.limits.input:
        limit = settings.limits.input
        raise Refused("too_many", reason("1003", what=f"The number of records exceeds the limit of {limit}"))
    return records


def _submission(content: Json) -> Json:
    """The one entry of a submitted form."""
    entries = _required(content, "input")
    if len(entries) > 1:
        raise Refused("too_many", reason("1003", what="The number of records exceeds the limit of 1"))
    submitted = _typed(entries[0], _SUBMITTED)
    _required(submitted, "leadFormFields")
    return submitted


def _program(content: Json, settings: Settings) -> tuple[str, str]:
    """The program's name and the status its members get."""
    program = _required(content, "programName")
    if program not in settings.programs:
        raise Refused("program", reason("702"))
    statuses = settings.programs[program]
    status = content.get("programStatus") or next(iter(statuses), "")
    if status not in statuses:
        raise Refused("parameter", reason("1003", what=f"Program status '{status}' is invalid"))
    return program, status


def _written(turn: Turn, order: Order, records: list[Json]) -> tuple[Outcome, ...]:
    """What became of the records, in their order."""
    fault = fault_of(order, turn.settings)
    if fault is None:
        upsert = Upsert(turn.people, turn.settings, order, turn.call)
        return tuple(upsert.write(record) for record in records)
    if turn.settings.parameter_errors == REQUEST:
        raise Refused("parameter", fault)
    return tuple(Outcome("skipped", reason=fault) for _ in records)
