"""What Dataverse's answer to the creation of one lead means; pure.

Codes as in Microsoft's "Web service error codes" of Dataverse. Codes come first; a text counts only where its
beginning is known. Other texts choose the words, never the kind: they may quote what a stranger typed into a form.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind
from integrations.diagnosis.microsoft_texts import cause_of
from integrations.json_bodies import fields_of, text_in, words_of
from integrations.transport import Answer, Verdict
from integrations.transport.statuses import ASKED_TO_WAIT

_MISCONFIGURED, _REJECTED = FailureKind.MISCONFIGURED, FailureKind.REJECTED
_TEMPORARY, _THROTTLED = FailureKind.TEMPORARY, FailureKind.THROTTLED

TOO_LONG = "dynamics365_text_too_long"
PLUGIN_REFUSED = "dynamics365_plugin_refused"
OF_WRONG_TYPE = "dynamics365_value_of_wrong_type"
_NOT_IN_LIST = "dynamics365_choice_unknown"
_OF_A_VALUE = (OF_WRONG_TYPE, _NOT_IN_LIST)
_LITERAL = re.compile(r"literal '(.{0,4000}?)' to the expected type", re.DOTALL)
_NO_CONSTANTS: Mapping[str, str] = {}

BY_CODE: dict[str, Verdict] = {
    "0x80072560": (_MISCONFIGURED, "dynamics365_no_application_user"),
    "0x80042f09": (_MISCONFIGURED, "dynamics365_no_role"),
    "0x80040220": (_MISCONFIGURED, "dynamics365_privilege_missing"),
    "0x80041d1f": (_MISCONFIGURED, "dynamics365_user_disabled"),
    "0x80095ffc": (_MISCONFIGURED, "dynamics365_application_blocked"),
    "0x8006088a": (_MISCONFIGURED, "dynamics365_no_lead_table"),
    "0x80044331": (_REJECTED, TOO_LONG),
    "0x80040278": (_REJECTED, "dynamics365_character_refused"),
    "0x80060892": (_REJECTED, "dynamics365_key_taken"),
    "0x80040333": (_REJECTED, "dynamics365_duplicate_detected"),
    "0x80060882": (_TEMPORARY, "dynamics365_changed_meanwhile"),
    "0x80040265": (_REJECTED, PLUGIN_REFUSED),
    "0x80040224": (_TEMPORARY, "dynamics365_plugin_failed"),
    "0x80040216": (_TEMPORARY, "dynamics365_unexpected_error"),
    "0x80072322": (_THROTTLED, "dynamics365_too_many_requests"),
    "0x80072321": (_THROTTLED, "dynamics365_too_much_work"),
    "0x80072326": (_THROTTLED, "dynamics365_too_many_at_once"),
}
UNREADABLE_PAYLOAD = "0x80048d19"
_ALREADY_THERE = 412

_CAUSE_BY_TEXT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), cause)
    for pattern, cause in (
        (r"Invalid property '(?P<column>[\w.@]{1,128})' was found in entity", "dynamics365_column_unknown"),
        (
            r"Error identified in Payload.{0,600}\bundeclared property '(?P<column>[\w.@]{1,128})'",
            "dynamics365_column_unknown",
        ),
        (r"The key in the request URI is not valid for resource", "dynamics365_key_not_ready"),
        (
            r"(A validation error occurred\.\s*)?The value ('?(?P<value>-?\d{1,9})'?|.{0,80}?) of '(?P<column>\w+)' "
            r".{0,200}is outside the valid range",
            _NOT_IN_LIST,
        ),
        (
            r"(Caller )?User .{0,80}does not have create permissions for the '?(?P<column>\w{1,128})'? attribute",
            "dynamics365_column_secured",
        ),
    )
)
"""Texts that come with changing codes, as they begin."""

# Names of columns and privileges in the texts that belong to a code: never what a person typed.
_NAMES: dict[str, re.Pattern[str]] = {
    "dynamics365_privilege_missing": re.compile(r"\b(?P<privilege>prv[A-Za-z]{3,80})"),
    TOO_LONG: re.compile(r"'(?P<column>\w{1,128})'.*?'(?P<limit>\d{1,9})'", re.DOTALL),
    "dynamics365_character_refused": re.compile(r"[Ii]nvalid character in field '(?P<column>[\w.]{1,128})'"),
    "dynamics365_key_taken": re.compile(r"Entity Key (?P<key>[\w .-]{1,100}?) violated"),
    OF_WRONG_TYPE: re.compile(r"expected type '(?P<type>[\w.]{1,100})'"),
}


# A fault of the server that meets the same lead three times is the lead's.
_MAY_PASS = ("dynamics365_plugin_failed", "dynamics365_unexpected_error")
_REFUSED_IN_THE_END = Escalation(3, FailureKind.REJECTED)


class Finding(NamedTuple):
    kind: FailureKind
    cause: str
    params: Mapping[str, str]


class Refusal(NamedTuple):
    """Code in small letters and text of ``{"error": {"code": …, "message": …}}``; empty where there is none."""

    code: str
    message: str


def judge(
    answer: Answer, key: UUID, key_column: str = "", constants: Mapping[str, str] = _NO_CONSTANTS
) -> Delivered | Failure:
    """The answer to a creation that was sent with ``If-None-Match: *``. ``key_column``: of our alternate key, if one
    is used; ``constants``: the columns that get the same value for every lead, with that value. A success that does not
    name the new record is no answer of Dataverse, or one to another lead."""
    if answer.ok:
        return Delivered(Arrival.CREATED, _new_id(answer)) if _names(answer, key, key_column) else answer.unreadable()
    if answer.status == _ALREADY_THERE and _is_our_own(_refusal(answer), key_column):
        return Delivered(Arrival.ALREADY_THERE)
    return failure_in(answer, key_column, constants)


def failure_in(answer: Answer, key_column: str = "", constants: Mapping[str, str] = _NO_CONSTANTS) -> Failure:
    """Why any call of the Web API was refused."""
    failure, refusal = answer.failure(), _refusal(answer)
    found = _finding(answer.status, refusal) or Finding(failure.kind, *_words_for(failure, refusal.message))
    if found.kind is FailureKind.TEMPORARY and failure.retry_after:
        found = Finding(*ASKED_TO_WAIT, {})
    if found.cause == "dynamics365_key_not_ready":
        found = found._replace(params={"key": key_column})
    if found.cause in _OF_A_VALUE and _is_the_same_for_all(found, refusal, constants):
        found = found._replace(kind=_MISCONFIGURED)
    return replace(
        failure,
        kind=found.kind,
        cause=found.cause,
        params=found.params,
        code=refusal.code,
        detail=words_of(answer, "message") if answer.status >= 400 else failure.detail,
        retry_after=failure.retry_after if found.kind is FailureKind.THROTTLED else None,
        escalates=_REFUSED_IN_THE_END if found.cause in _MAY_PASS else None,
    )


def failure_of_batch(answer: Answer) -> Failure:
    """Why a batch as a whole was not worked off: an answer that is none to its leads, whatever its status."""
    return answer.unreadable() if answer.ok else failure_in(answer)


def limit_in(failure: Failure) -> tuple[str, int] | None:
    """The column and its length, where the lead was refused for a text that is too long."""
    column, limit = failure.params.get("column"), failure.params.get("limit")
    return (column, int(limit)) if failure.cause == TOO_LONG and column and limit else None


def _finding(status: int, refusal: Refusal) -> Finding | None:
    """What status and code say; and texts in the forms that are known."""
    if status == 401:
        return Finding(_MISCONFIGURED, "dynamics365_token_refused", {})
    if refusal.code in BY_CODE:
        kind, cause = BY_CODE[refusal.code]
        return Finding(kind, cause, _names_in(refusal.message, cause))
    if status in (400, 403, 404):
        for pattern, cause in _CAUSE_BY_TEXT:
            if match := pattern.match(refusal.message):
                return Finding(_REJECTED if cause in _OF_A_VALUE else _MISCONFIGURED, cause, _named(match))
    if refusal.code == UNREADABLE_PAYLOAD:
        return Finding(_REJECTED, OF_WRONG_TYPE, _names_in(refusal.message, OF_WRONG_TYPE))
    return None


def _is_the_same_for_all(found: Finding, refusal: Refusal, constants: Mapping[str, str]) -> bool:
    """Whether the value that is refused comes from the mapping alone: other leads have no other."""
    literal = _LITERAL.search(refusal.message)
    return found.params.get("column") in constants or (literal is not None and literal[1] in constants.values())


def _words_for(failure: Failure, message: str) -> tuple[str, Mapping[str, str]]:
    """The status has said what kind of failure this is; the text may say it more precisely."""
    match = cause_of(message) if failure.kind in (_MISCONFIGURED, _REJECTED) else None
    return match or (failure.cause, {})


def _names_in(message: str, cause: str) -> Mapping[str, str]:
    match = _NAMES[cause].search(message) if cause in _NAMES else None
    return _named(match) if match else {}


def _named(match: re.Match[str]) -> Mapping[str, str]:
    return {name: value for name, value in match.groupdict().items() if value}


def _is_our_own(refusal: Refusal, key_column: str) -> bool:
    """Whether a 412 says that the record with our identity exists. Its code differs between versions and documents, so
    whatever is not known to mean something else does."""
    if refusal.code == "0x80060892":
        return bool(key_column) and re.search(rf"\b{re.escape(key_column)}\b", refusal.message) is not None
    return refusal.code not in BY_CODE


def _refusal(answer: Answer) -> Refusal:
    content = fields_of(answer)
    code = text_in(content, "error", "code").lower()
    return Refusal(code if re.fullmatch(r"0x[0-9a-f]{1,8}", code) else "", text_in(content, "error", "message"))


def _names(answer: Answer, key: UUID, key_column: str) -> bool:
    new_id = _new_id(answer)
    if not key_column:
        return new_id == str(key)
    return bool(new_id) or str(key) in answer.headers.get("odata-entityid", "").lower()


def _new_id(answer: Answer) -> str:
    """The record's own id; empty where only the alternate key is named."""
    address = re.search(r"leads\(([0-9a-f-]{36})\)", answer.headers.get("odata-entityid", ""), re.IGNORECASE)
    found = address[1] if address else text_in(fields_of(answer), "leadid")
    return found.lower() if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", found) else ""
