"""What Salesforce says when it refuses something, and who must act; pure.

Codes: Salesforce's "REST API Developer Guide" (status codes and error responses) and "Object Reference" (status codes).
Codes come first: Salesforce writes its messages in the user's language.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind

DAILY_LIMIT_WAIT = timedelta(hours=1)  # the window is the last 24 hours, so that some calls come free all the time
LEAD_ID = re.compile(r"\b00Q[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?\b")
CONCURRENT_LIMIT_WAIT = timedelta(seconds=30)

REQUIRED_FIELD, AUTOMATION_FAILED = "salesforce_required_field", "salesforce_automation_failed"

_MISCONFIGURED, _REJECTED, _TEMPORARY = FailureKind.MISCONFIGURED, FailureKind.REJECTED, FailureKind.TEMPORARY

# One code per line, as in Salesforce's own tables. What needs a look at field or message follows below.
_BY_CODE: Mapping[str, tuple[FailureKind, str]] = {
    "INVALID_SESSION_ID": (_MISCONFIGURED, "salesforce_session_refused"),
    "INVALID_AUTH_HEADER": (_MISCONFIGURED, "salesforce_session_refused"),
    "REQUIRED_FIELD_MISSING": (_REJECTED, REQUIRED_FIELD),
    "STRING_TOO_LONG": (_REJECTED, "salesforce_text_too_long"),
    "INVALID_EMAIL_ADDRESS": (_REJECTED, "salesforce_email_refused"),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (_REJECTED, "salesforce_validation_rule"),
    "DUPLICATES_DETECTED": (_REJECTED, "salesforce_duplicate_rule"),
    "INVALID_FIELD": (_MISCONFIGURED, "salesforce_field_unknown"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": (_MISCONFIGURED, "salesforce_field_not_writable"),
    "INVALID_TYPE": (_MISCONFIGURED, "salesforce_lead_not_found"),
    "NOT_FOUND": (_MISCONFIGURED, "salesforce_lead_not_found"),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (_REJECTED, AUTOMATION_FAILED),
    "API_DISABLED_FOR_ORG": (_MISCONFIGURED, "salesforce_no_api"),
    "API_CURRENTLY_DISABLED": (_MISCONFIGURED, "salesforce_no_api"),
    "STORAGE_LIMIT_EXCEEDED": (_MISCONFIGURED, "salesforce_storage_full"),
    "UNABLE_TO_LOCK_ROW": (_TEMPORARY, "salesforce_row_locked"),
    "MALFORMED_QUERY": (FailureKind.DEFECT, "salesforce_request_unreadable"),
    # What we send is JSON, so it is about the type of a value.
    "JSON_PARSER_ERROR": (_REJECTED, "salesforce_value_of_wrong_type"),
    "UNKNOWN_EXCEPTION": (_TEMPORARY, "salesforce_unexpected_error"),
    "APEX_ERROR": (_TEMPORARY, "salesforce_unexpected_error"),
    "SERVER_UNAVAILABLE": (_TEMPORARY, "server_trouble"),
    "UNSUPPORTED_API_VERSION": (_MISCONFIGURED, "salesforce_api_version"),
}  # fmt: skip
_NO_ACCESS = "INSUFFICIENT_ACCESS"  # … _OR_READONLY, _ON_CROSS_REFERENCE_ENTITY and others
_FIELD_NAME = re.compile(r"[A-Za-z]\w{0,79}")
PLACES = frozenset(("Country", "CountryCode", "State", "StateCode"))
_SPEAKS_OF_PLACE = re.compile(r"\b(country|state)\b", re.IGNORECASE)
_QUOTED = re.compile(r"'(\w+)'")
_IN_BRACKETS = re.compile(r"\[([\w\s,]+)\]")
_DUPLICATE = re.compile(r"(\w+) duplicates value")
_MAX_LENGTH = re.compile(r"max length\s*=\s*(\d{1,6})", re.IGNORECASE)
_UNNAMED = "<unknown>"


class Refusal(NamedTuple):
    """One element of an error answer. ``fields`` are API names."""

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()

    @property
    def limit(self) -> int | None:
        """The length that the message names."""
        found = _MAX_LENGTH.search(self.message)
        return int(found[1]) if found else None

    @property
    def is_about_a_place(self) -> bool:
        """About a country or state that is not on Salesforce's list of them."""
        if self.code != "FIELD_INTEGRITY_EXCEPTION":
            return False
        if self.fields:
            return any(name in PLACES for name in self.fields)
        return bool(_SPEAKS_OF_PLACE.search(self.message))


def read_refusals(content: Any) -> tuple[Refusal, ...]:
    """The errors of an answer; none for what is no list of them. Single calls say ``errorCode``, collections
    ``statusCode``."""
    found = content if isinstance(content, list) else []
    return tuple(_refusal(one) for one in found if isinstance(one, dict) and _code_of(one))


def _code_of(error: Mapping[str, Any]) -> str:
    code = error.get("errorCode") or error.get("statusCode")
    return code if isinstance(code, str) else ""


def _refusal(error: Mapping[str, Any]) -> Refusal:
    fields, message = error.get("fields"), error.get("message")
    named = fields if isinstance(fields, list) else []
    return Refusal(
        _code_of(error),
        message if isinstance(message, str) else "",
        tuple(name for name in named if isinstance(name, str) and _FIELD_NAME.fullmatch(name)),
    )


def in_words(refusals: Sequence[Refusal]) -> str:
    return "\n".join(f"{refusal.code}: {refusal.message}" for refusal in refusals)


def already_there(refusals: Sequence[Refusal], key_field: str) -> Delivered | None:
    """When Salesforce refuses because it has the record with this key. ``key_field`` is the field that holds it."""
    if not key_field or not refusals or refusals[0].code != "DUPLICATE_VALUE" or not _names(key_field, refusals[0]):
        return None
    found = LEAD_ID.search(refusals[0].message)
    return Delivered(Arrival.ALREADY_THERE, found[0] if found else "")


def failure_in(refusals: Sequence[Refusal], fixed: Collection[str] = ()) -> Failure | None:
    """By the first of the refusals; ``None`` for a code that nobody described. ``fixed``: the fields whose value a list
    misses for all leads, if it does for one."""
    if not refusals:
        return None
    first = refusals[0]
    if first.code == "REQUEST_LIMIT_EXCEEDED":
        return _limit_reached(first, refusals)
    verdict = _verdict(first, fixed)
    return _failure(*verdict, refusals) if verdict else None


def _verdict(refusal: Refusal, fixed: Collection[str]) -> tuple[FailureKind, str] | None:
    match refusal.code:
        case "DUPLICATE_VALUE":
            # Nameless when the other record is just being written: next time Salesforce can name it.
            is_nameless = _UNNAMED in refusal.message
            return (_TEMPORARY, "salesforce_row_locked") if is_nameless else (_REJECTED, "salesforce_value_not_unique")
        case "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST":
            concerns_all = any(name in fixed for name in refusal.fields)
            return (_MISCONFIGURED if concerns_all else _REJECTED, "salesforce_restricted_list")
        case "FIELD_INTEGRITY_EXCEPTION":
            return (_REJECTED, "salesforce_place_refused" if refusal.is_about_a_place else "salesforce_field_refused")
        case code if code.startswith(_NO_ACCESS):
            return (_MISCONFIGURED, "salesforce_no_right")
    return _BY_CODE.get(refusal.code)


def _limit_reached(first: Refusal, refusals: Sequence[Refusal]) -> Failure:
    if "concurrent" in first.message.lower():
        return _failure(FailureKind.THROTTLED, "salesforce_concurrent_limit", refusals, CONCURRENT_LIMIT_WAIT)
    return _failure(FailureKind.THROTTLED, "salesforce_daily_limit", refusals, DAILY_LIMIT_WAIT)


# A fault of the server that meets the same lead three times is the lead's.
_REFUSED_IN_THE_END = Escalation(3, FailureKind.REJECTED)


def _failure(
    kind: FailureKind, cause: str, refusals: Sequence[Refusal], retry_after: timedelta | None = None
) -> Failure:
    return Failure(
        kind=kind, cause=cause, code=refusals[0].code, detail=in_words(refusals), params=_params(refusals[0]),
        retry_after=retry_after, escalates=_REFUSED_IN_THE_END if cause == "salesforce_unexpected_error" else None,
    )  # fmt: skip


def _params(refusal: Refusal) -> dict[str, str]:
    fields = refusal.fields or _fields_in_text(refusal)
    params = {"field": ", ".join(fields)} if fields else {}
    return params | ({"limit": str(refusal.limit)} if refusal.limit else {})


def _fields_in_text(refusal: Refusal) -> tuple[str, ...]:
    """For the codes whose message names the field where the answer's ``fields`` does not."""
    if refusal.code == "INVALID_FIELD":
        found = _QUOTED.search(refusal.message)
        return (found[1],) if found else ()
    if refusal.code == "REQUIRED_FIELD_MISSING":
        found = _IN_BRACKETS.search(refusal.message)
        return tuple(name.strip() for name in found[1].split(",")) if found else ()
    if refusal.code == "DUPLICATE_VALUE":
        found = _DUPLICATE.search(refusal.message)
        return (found[1],) if found else ()
    return ()


def _names(field: str, refusal: Refusal) -> bool:
    in_message = re.search(rf"(?<!\w){re.escape(field)}(?!\w)", refusal.message, re.IGNORECASE)
    return bool(in_message) or field.lower() in (name.lower() for name in refusal.fields)
