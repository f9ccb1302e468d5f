"""What Marketo's answers mean: pure.

Errors come with HTTP status 200 and a code, for a whole request or for one record (Marketo's "Error Codes").
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind
from integrations.transport import Verdict

TOKEN_REFUSED = ("600", "601", "602")
INSTANCE_UNKNOWN = "614"
ALREADY_THERE = "1005"
PERSON_NOT_FOUND = "1004"
COMPANY_LOCKED = "1021"
TWICE_IN_CALL = "1036"

LONGEST_WORK = timedelta(seconds=90)
"""So long the server may go on with a request that nobody waits for any more."""

_MISCONFIGURED, _REJECTED = FailureKind.MISCONFIGURED, FailureKind.REJECTED
_UNAVAILABLE: Verdict = (FailureKind.TEMPORARY, "marketo_unavailable")
_OUR_FAULT: Verdict = (FailureKind.DEFECT, "marketo_request_faulty")
_REQUEST_REFUSED: Verdict = (_MISCONFIGURED, "marketo_request_refused")
_LEAD_REFUSED: Verdict = (_REJECTED, "marketo_lead_refused")
NO_SUCH_ASSET: Verdict = (_MISCONFIGURED, "marketo_not_found")

# Of several errors the one that stands first counts.
_OF_REQUESTS: dict[str, Verdict] = {
    **dict.fromkeys(TOKEN_REFUSED, (_MISCONFIGURED, "marketo_token_refused")),
    "603": (_MISCONFIGURED, "marketo_access_denied"),
    "604": (FailureKind.TEMPORARY, "marketo_timed_out"),
    "605": _OUR_FAULT,
    "606": (FailureKind.THROTTLED, "marketo_rate_limit"),
    "607": (FailureKind.THROTTLED, "marketo_daily_quota"),
    "608": _UNAVAILABLE,
    "609": _OUR_FAULT,
    "610": NO_SUCH_ASSET,
    "611": _UNAVAILABLE,
    "612": _OUR_FAULT,
    INSTANCE_UNKNOWN: (FailureKind.TEMPORARY, "marketo_instance_unknown"),
    "615": (FailureKind.THROTTLED, "marketo_concurrent_calls"),
    "616": (_MISCONFIGURED, "marketo_subscription_type"),
    "701": (_REJECTED, "marketo_blank_value"),
    "702": (_REJECTED, "marketo_nothing_found"),
    "703": (_MISCONFIGURED, "marketo_feature_off"),
    "704": (_REJECTED, "marketo_date_refused"),
    "709": (_REJECTED, "marketo_business_rule"),
    **dict.fromkeys(("710", "711", "712"), _OUR_FAULT),
    "713": _UNAVAILABLE,
    "719": _UNAVAILABLE,
    "502": _UNAVAILABLE,
}
_OF_RECORDS: dict[str, Verdict] = {
    "1001": (_REJECTED, "marketo_value_type"),
    "1002": (_REJECTED, "marketo_value_missing"),
    "1003": (_REJECTED, "marketo_value_refused"),
    PERSON_NOT_FOUND: (_REJECTED, "marketo_person_not_found"),
    "1006": (_MISCONFIGURED, "marketo_field_unknown"),
    "1007": (_REJECTED, "marketo_several_people"),
    "1008": (_MISCONFIGURED, "marketo_partition_denied"),
    "1009": (_MISCONFIGURED, "marketo_partition_needed"),
    "1010": (_MISCONFIGURED, "marketo_partition_needed"),
    "1011": (_MISCONFIGURED, "marketo_lookup_refused"),
    COMPANY_LOCKED: (_REJECTED, "marketo_company_locked"),
    TWICE_IN_CALL: (_REJECTED, "marketo_twice_in_call"),
}
_VERDICTS = _OF_REQUESTS | _OF_RECORDS
_ORDER = {code: position for position, code in enumerate((*_OF_REQUESTS, ALREADY_THERE, *_OF_RECORDS))}

_WAITS = {"606": timedelta(seconds=20), "615": timedelta(seconds=10), "604": LONGEST_WORK}
_UNKNOWN_FOR_GOOD = Escalation(6, _MISCONFIGURED)
_QUOTA_TIME = ZoneInfo("America/Chicago")
_NAMES = re.compile(r"[A-Za-z_]\w*")

# The names from the settings or the mapping that a cause's words speak of.
_SPEAKS_OF = {
    "marketo_not_found": "asset",
    "marketo_partition_denied": "partition",
    "marketo_lookup_refused": "lookup",
    "marketo_several_people": "lookup",
}
_SPEAKS_OF_FIELD = {
    "marketo_value_type",
    "marketo_value_missing",
    "marketo_value_refused",
    "marketo_field_unknown",
    "marketo_blank_value",
    "marketo_date_refused",
}


class Trouble(NamedTuple):
    """One entry of ``errors`` or ``reasons``."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a failure's words need: the fields that were sent, and names from the settings (``lookup``, ``partition``,
    ``asset``: program or form, if the method has one)."""

    fields: Collection[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def troubles_in(listed: Any) -> list[Trouble]:
    """The errors or reasons of an answer, the one that counts first. Codes are texts; numbers are taken alike."""
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    found = [Trouble(str(entry.get("code", "")), str(entry.get("message", ""))) for entry in entries]
    return sorted(found, key=lambda trouble: _ORDER.get(trouble.code, len(_ORDER)))


def refusal_in(content: Any, around: Surroundings, now: datetime) -> Failure | None:
    """Why Marketo refused the request as a whole; ``None`` where it says neither yes nor why not. ``now`` is aware."""
    troubles = troubles_in(content.get("errors")) if isinstance(content, dict) else []
    return failure_from(troubles[0], around, now) if troubles else None


def entries_in(content: Any, count: int) -> list[dict[str, Any]] | None:
    """One entry for each record sent, in their order; ``None`` where the answer has another form."""
    if not isinstance(content, dict) or content.get("success") is not True:
        return None
    result = content.get("result")
    if not isinstance(result, list) or len(result) != count:
        return None
    return result if all(isinstance(entry, dict) for entry in result) else None


def judged(entry: Mapping[str, Any], around: Surroundings, now: datetime) -> Delivered | Failure | None:
    """What became of one record; ``None`` where the entry does not say. "Push Lead" gives reasons without a status."""
    if troubles := troubles_in(entry.get("reasons")):
        if troubles[0].code == ALREADY_THERE:
            return Delivered(Arrival.ALREADY_THERE)
        return failure_from(troubles[0], around, now)
    number = entry.get("id")
    arrival = {"created": Arrival.CREATED, "updated": Arrival.UPDATED}.get(str(entry.get("status")))
    if arrival and isinstance(number, int) and not isinstance(number, bool):
        return Delivered(arrival, str(number))
    if entry.get("status") == "skipped":
        return Failure(kind=_REJECTED, cause="marketo_lead_refused", http_status=200)
    return None


def failure_from(trouble: Trouble, around: Surroundings, now: datetime) -> Failure:
    """``detail`` and ``code`` are Marketo's own, not yet redacted or cut."""
    kind, cause = _verdict(trouble.code, around)
    return Failure(
        kind=kind, cause=cause, detail=trouble.message, code=trouble.code, http_status=200,
        params=_params(cause, trouble, around), retry_after=_wait(trouble.code, now),
        escalates=_UNKNOWN_FOR_GOOD if trouble.code == INSTANCE_UNKNOWN else None,
    )  # fmt: skip


def _verdict(code: str, around: Surroundings) -> Verdict:
    if code == "702" and around.names.get("asset"):
        return NO_SUCH_ASSET
    known = _VERDICTS.get(code)
    if known or not (code.isascii() and code.isdigit()):
        return known or _REQUEST_REFUSED
    number = int(code[:6])
    if 500 <= number < 600:
        return _UNAVAILABLE
    return _LEAD_REFUSED if number >= 700 else _REQUEST_REFUSED


def _params(cause: str, trouble: Trouble, around: Surroundings) -> dict[str, str]:
    if cause in _SPEAKS_OF_FIELD:
        named = _named(trouble.message, around.fields)
        return {"field": named} if named else {}
    name = _SPEAKS_OF.get(cause, "")
    value = around.names.get(name, "")
    return {name: value} if value else {}


def _named(message: str, fields: Iterable[str]) -> str:
    """The field that a message speaks of. Only one that was sent: the rest of the text may be what a person wrote."""
    sent = set(fields)
    return next((name for name in _NAMES.findall(message) if name in sent), "")


def _wait(code: str, now: datetime) -> timedelta | None:
    return until_quota_returns(now) if code == "607" else _WAITS.get(code)


def until_quota_returns(now: datetime) -> timedelta:
    """The daily quota is counted anew at midnight, US Central time."""
    tomorrow = now.astimezone(_QUOTA_TIME).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, _QUOTA_TIME).astimezone(UTC) - now
