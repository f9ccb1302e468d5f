"""What HubSpot says when it refuses something, and who must act; pure.

As in HubSpot's "Error handling" and "Usage guidelines". All members of an error are optional. The category is the
steady one; what is wrong with a property stands in ``errors``, or as JSON within the message.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from integrations.contract import Failure, FailureKind
from integrations.json_bodies import content_of
from integrations.transport import Answer, Verdict

_MISCONFIGURED, _REJECTED, _THROTTLED = FailureKind.MISCONFIGURED, FailureKind.REJECTED, FailureKind.THROTTLED

UNIQUE_VALUE_TAKEN = "CONFLICTING_UNIQUE_VALUE"
_UNKNOWN_PROPERTY = "PROPERTY_DOESNT_EXIST"
_INVALID_OPTION = "INVALID_OPTION"

_BY_CODE: Mapping[str, Verdict] = {
    _UNKNOWN_PROPERTY: (_MISCONFIGURED, "hubspot_property_unknown"),
    "READ_ONLY_VALUE": (_MISCONFIGURED, "hubspot_property_read_only"),
    _INVALID_OPTION: (_REJECTED, "hubspot_option_refused"),
    "INVALID_EMAIL": (_REJECTED, "hubspot_email_refused"),
    UNIQUE_VALUE_TAKEN: (_REJECTED, "hubspot_value_not_unique"),
}
_OTHER_VALUE: Verdict = (_REJECTED, "hubspot_value_refused")
_BY_CATEGORY: Mapping[str, Verdict] = {
    "INVALID_AUTHENTICATION": (_MISCONFIGURED, "hubspot_token_refused"),
    "EXPIRED_AUTHENTICATION": (_MISCONFIGURED, "hubspot_token_refused"),
    "MISSING_SCOPES": (_MISCONFIGURED, "hubspot_scope_missing"),
    "RATE_LIMITS": (_THROTTLED, "hubspot_rate_limit"),
    "LOCKED": (_THROTTLED, "hubspot_locked"),
    "CONFLICT": (_REJECTED, "conflict"),
    "VALIDATION_ERROR": (_REJECTED, "hubspot_lead_refused"),
}
_BY_STATUS: Mapping[int, Verdict] = {
    400: (_REJECTED, "hubspot_lead_refused"),
    401: (_MISCONFIGURED, "hubspot_token_refused"),
    404: (_MISCONFIGURED, "hubspot_path_unknown"),
    414: (FailureKind.DEFECT, "hubspot_request_faulty"),
    423: (_THROTTLED, "hubspot_locked"),
    429: (_THROTTLED, "hubspot_rate_limit"),
    477: (_THROTTLED, "hubspot_migrating"),
}
_DAILY: Verdict = (_THROTTLED, "hubspot_daily_limit")
_WAIT_OF_POLICY = {
    "SECONDLY": timedelta(seconds=1),
    "TEN_SECONDLY_ROLLING": timedelta(seconds=10),
    "DAILY": timedelta(hours=1),  # until midnight in the account's time zone, which is not known here
}
_USUAL_WAIT = {
    "hubspot_rate_limit": timedelta(seconds=10),
    "hubspot_daily_limit": timedelta(hours=1),
    "hubspot_locked": timedelta(seconds=2),
}

_PROPERTY_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_SCOPE = re.compile(r"[a-z][a-z0-9._-]{0,99}")
_NUMBER = re.compile(r"\d{1,20}")
_LISTED_IN_MESSAGE = re.compile(r"Property values were not valid:\s*(\[.*\])", re.DOTALL)
_UNKNOWN_IN_MESSAGE = re.compile(r"\bproperty\s+\\?\"?(\w+)\\?\"?\s+does not exist", re.IGNORECASE)
_EXISTING = re.compile(r"Existing ID:\s*(\d{1,20})")
_OWNER_OF_VALUE = re.compile(r"(\d{1,20}) already has that value")


class Detail(NamedTuple):
    """What is wrong with one property; its name is empty where HubSpot does not tell."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """``policy`` is the limit that was reached, ``scopes`` are those that the app lacks, ``existing_id`` is the contact
    that has the e-mail address already."""

    category: str = ""
    message: str = ""
    policy: str = ""
    details: tuple[Detail, ...] = ()
    scopes: tuple[str, ...] = ()
    existing_id: str = ""

    @property
    def is_conflict(self) -> bool:
        return self.category == "CONFLICT" or bool(self.existing_id)

    @property
    def is_about_upserting(self) -> bool:
        """Not the contact is refused but this way to send it, which not all versions of the API know by e-mail."""
        return not self.details and "upsert" in self.message.lower()

    def owner_of_value(self, field: str) -> str | None:
        """The contact that has this property's value already, as far as it is named; ``None`` where nothing says that
        one has it."""
        for detail in self.details:
            if (detail.code, detail.field) == (UNIQUE_VALUE_TAKEN, field):
                return _number_in(_OWNER_OF_VALUE, detail.message)
        return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a failure depends on beside the answer: the API's path, and the properties that hold a fixed text."""

    path: str = ""
    constants: Collection[str] = frozenset()


def refusal_in(content: Any) -> Refusal:
    """Of an error, or of an error among others; with nothing in it where it is none of HubSpot's."""
    if not isinstance(content, dict):
        return Refusal()
    message = _text(content, "message")
    listed = [entry for entry in _list(content, "errors") if isinstance(entry, dict)]
    details = tuple(_details_in(listed)) or tuple(_details_in_message(message))
    scopes = tuple(scope for entry in (content, *listed) for scope in _named(entry, "requiredGranularScopes", _SCOPE))
    return Refusal(
        category=_text(content, "category"),
        message=message,
        policy=_text(content, "policyName"),
        details=details,
        scopes=scopes,
        existing_id=next(iter(_named(content, "existingId", _NUMBER)), _number_in(_EXISTING, message)),
    )


def failure_of(answer: Answer, around: Surroundings) -> Failure:
    """Why a call as a whole was refused. ``detail`` and ``code`` are HubSpot's own, not yet redacted or cut."""
    refusal = refusal_in(content_of(answer))
    by_status = answer.failure(_BY_STATUS)
    by_category = _BY_CATEGORY.get(refusal.category)
    found = by_status.kind, by_status.cause
    if by_status.kind is _REJECTED:
        found = _worst_detail(refusal, around) or by_category or found
    elif by_status.kind is _MISCONFIGURED and by_category and by_category[0] is _MISCONFIGURED:
        found = by_category
    return _failure(refusal, found, around, by_status)


def failure_of_entry(entry: Mapping[str, Any], status: int, around: Surroundings) -> Failure:
    """Why one of several was refused."""
    refusal = refusal_in(entry)
    found = _worst_detail(refusal, around) or _BY_CATEGORY.get(refusal.category) or _BY_STATUS[400]
    return _failure(refusal, found, around, Failure(kind=_REJECTED, cause="hubspot_lead_refused", http_status=status))


def _failure(refusal: Refusal, verdict: Verdict, around: Surroundings, failure: Failure) -> Failure:
    if verdict[1] == "hubspot_rate_limit" and refusal.policy == "DAILY":
        verdict = _DAILY
    kind, cause = verdict
    wait = failure.retry_after or _WAIT_OF_POLICY.get(refusal.policy) or _USUAL_WAIT.get(cause)
    detail = _detail_of(refusal, cause, around)
    return replace(
        failure,
        kind=kind,
        cause=cause,
        code=detail.code if detail else refusal.category,
        detail=refusal.message or failure.detail,
        params=_params(refusal, cause, detail, around),
        retry_after=wait if kind is _THROTTLED else None,
    )


def _params(refusal: Refusal, cause: str, detail: Detail | None, around: Surroundings) -> dict[str, str]:
    if cause == "hubspot_scope_missing" and refusal.scopes:
        return {"scope": ", ".join(refusal.scopes)}
    if cause == "hubspot_path_unknown":
        return {"path": around.path}
    return {"field": detail.field} if detail and detail.field else {}


def _worst_detail(refusal: Refusal, around: Surroundings) -> Verdict | None:
    """What is wrong for every lead counts before what is wrong with this one."""
    verdicts = [_verdict_on(detail, around) for detail in refusal.details]
    return next((verdict for verdict in verdicts if verdict[0] is _MISCONFIGURED), verdicts[0] if verdicts else None)


def _detail_of(refusal: Refusal, cause: str, around: Surroundings) -> Detail | None:
    return next((detail for detail in refusal.details if _verdict_on(detail, around)[1] == cause), None)


def _verdict_on(detail: Detail, around: Surroundings) -> Verdict:
    if detail.code == _INVALID_OPTION and detail.field in around.constants:
        return _MISCONFIGURED, _BY_CODE[_INVALID_OPTION][1]
    return _BY_CODE.get(detail.code, _OTHER_VALUE)


def _details_in(listed: list[dict[str, Any]]) -> Iterator[Detail]:
    for entry in listed:
        if code := _text(entry, "code"):
            names = _named(entry, "propertyName", _PROPERTY_NAME)
            yield Detail(code, next(iter(names), ""), _text(entry, "message"))


def _details_in_message(message: str) -> Iterator[Detail]:
    if found := _LISTED_IN_MESSAGE.search(message):
        try:
            listed = json.loads(found[1], strict=False)
        except (ValueError, RecursionError):
            listed = []
        for entry in listed:
            if isinstance(entry, dict) and _text(entry, "error"):
                name = _text(entry, "name")
                field = name if _PROPERTY_NAME.fullmatch(name) else ""
                yield Detail(_text(entry, "error"), field, _text(entry, "message"))
    elif named := _UNKNOWN_IN_MESSAGE.search(message):
        yield Detail(_UNKNOWN_PROPERTY, named[1] if _PROPERTY_NAME.fullmatch(named[1]) else "", message)


def _named(entry: Mapping[str, Any], name: str, form: re.Pattern[str]) -> list[str]:
    """Names in an error's context, a list of them or one alone. Only what has the form of such a name: the rest may be
    what a person wrote."""
    context = entry.get("context")
    given = context.get(name) if isinstance(context, dict) else None
    several = given if isinstance(given, list) else [given]
    return [text for text in several if isinstance(text, str) and form.fullmatch(text)]


def _number_in(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _list(content: Mapping[str, Any], name: str) -> list[Any]:
    found = content.get(name)
    return found if isinstance(found, list) else []


def _text(content: Mapping[str, Any], name: str) -> str:
    found = content.get(name)
    return found if isinstance(found, str) else ""
