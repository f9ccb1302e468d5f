"""What Azure Storage's error answers mean; pure.

Codes as in Microsoft's "Common REST API error codes", "Table service error codes" and "Blob service error codes". They
come first: texts change, and one code stands for several statuses.
"""

import html
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from integrations.contract import Escalation, Failure, FailureKind
from integrations.json_bodies import text_in
from integrations.transport import Answer, CallFailed, Verdict
from integrations.vendors.azure.account import Account, Service

_TEMPORARY, _THROTTLED = FailureKind.TEMPORARY, FailureKind.THROTTLED
_MISCONFIGURED, _REJECTED = FailureKind.MISCONFIGURED, FailureKind.REJECTED

BEING_DELETED = "azure_being_deleted"

_BY_CODE: dict[str, Verdict] = {
    **dict.fromkeys(("TableNotFound", "EntityNotFound"), (_MISCONFIGURED, "azure_table_not_found")),
    "ContainerNotFound": (_MISCONFIGURED, "azure_container_not_found"),
    **dict.fromkeys(("TableBeingDeleted", "ContainerBeingDeleted"), (_TEMPORARY, BEING_DELETED)),
    "InvalidResourceName": (_MISCONFIGURED, "azure_name_not_allowed"),
    "AuthorizationResourceTypeMismatch": (_MISCONFIGURED, "azure_sas_too_narrow"),
    "AuthorizationServiceMismatch": (_MISCONFIGURED, "azure_sas_for_other_service"),
    "AuthorizationProtocolMismatch": (_MISCONFIGURED, "azure_sas_https_only"),
    "AuthorizationSourceIPMismatch": (_MISCONFIGURED, "azure_sas_for_other_address"),
    "KeyBasedAuthenticationNotPermitted": (_MISCONFIGURED, "azure_keys_forbidden"),
    "AccountIsDisabled": (_MISCONFIGURED, "azure_account_disabled"),
    "InsufficientAccountPermissions": (_MISCONFIGURED, "azure_account_restricted"),
    "InvalidHeaderValue": (_MISCONFIGURED, "azure_api_version"),
    "InvalidBlobType": (_MISCONFIGURED, "azure_blob_of_other_type"),
    "FeatureVersionMismatch": (_MISCONFIGURED, "azure_feature_not_supported"),
    "BlockCountExceedsLimit": (_MISCONFIGURED, "azure_file_full"),
    **dict.fromkeys(("BlobImmutableDueToPolicy", "BlobArchived"), (_MISCONFIGURED, "azure_blob_locked")),
    **dict.fromkeys(("LeaseIdMissing", "LeaseIdMismatchWithBlobOperation"), (_REJECTED, "azure_blob_leased")),
    **dict.fromkeys(
        (
            "PropertyValueTooLarge", "EntityTooLarge", "TooManyProperties", "PropertyNameInvalid",
            "PropertyNameTooLong", "KeyValueTooLarge", "OutOfRangeInput", "InvalidInput", "PropertiesNeedValue",
            "InvalidMetadata", "InvalidDuplicateRow", "InvalidValueType",
        ),
        (_REJECTED, "azure_record_refused"),
    ),
    "RequestBodyTooLarge": (_REJECTED, "record_too_large"),
    **dict.fromkeys(("OperationTimedOut", "InternalError"), (_TEMPORARY, "server_trouble")),
    "ServerBusy": (_TEMPORARY, "azure_busy"),
}  # fmt: skip
_WAIT_FOR_DELETION = timedelta(seconds=60)
_NOT_MADE_ANEW = Escalation(6, _MISCONFIGURED)  # the sixth try is more than an hour after the first
_TOLERATED_SKEW = timedelta(minutes=10)  # the service refuses what is more than 15 minutes off
_LONGEST_CODE = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where the records go: ``name`` is the table or container. ``right`` is the letter that a SAS needs for it."""

    service: Service
    account: Account
    name: str
    right: str

    @property
    def role(self) -> str:
        """What an application needs, as Azure calls it in every language."""
        return f"Storage {self.service.capitalize()} Data Contributor"

    @property
    def is_opened_by_entra(self) -> bool:
        return not self.account.key and self.account.sas is None

    @property
    def names(self) -> dict[str, str]:
        """For the words of a failure."""
        return {"name": self.name, "account": self.account.name, "role": self.role, "right": self.right}


class Refused(CallFailed):
    """An answer that is no success."""

    def __init__(self, answer: Answer, failure: Failure) -> None:
        super().__init__(failure, answer.exchange)
        self.status = answer.status
        self.code = failure.code


def refusal(answer: Answer, place: Place, now: datetime) -> Refused:
    """``now`` is aware."""
    return Refused(answer, failure_in(answer, place, now))


def failure_in(answer: Answer, place: Place, now: datetime) -> Failure:
    code = code_of(answer)
    return judged(answer.failure(), code, _verdict(answer, code, place, now), place, detail=_detail(answer))


def judged(failure: Failure, code: str, verdict: Verdict | None, place: Place, *, detail: str) -> Failure:
    """The common failure of a status, refined by what the code says. A server in trouble that says when to come back
    asks to wait."""
    kind, cause = verdict or (failure.kind, failure.cause)
    failure = replace(failure, code=code, detail=detail, params=place.names | {"code": code})
    if cause == BEING_DELETED:
        return replace(failure, kind=kind, cause=cause, retry_after=_WAIT_FOR_DELETION, escalates=_NOT_MADE_ANEW)
    if kind is _TEMPORARY and failure.retry_after:
        kind, cause = _THROTTLED, "throttled"
    return replace(failure, kind=kind, cause=cause, retry_after=failure.retry_after if kind is _THROTTLED else None)


def named(failure: Failure, place: Place) -> Failure:
    """A host that no name server knows is, with Azure, an account that does not exist: but one try proves little."""
    if failure.cause != "name_unknown" or not place.account.is_usual:
        return failure
    in_the_end = Escalation(3, _MISCONFIGURED)
    return replace(failure, cause="azure_account_unknown", params=place.names, escalates=in_the_end)


def verdict_on_code(code: str) -> Verdict | None:
    """``None`` for a code that is not known, or that means different things by the credentials."""
    if code.startswith("FeatureNotSupported"):
        return (_MISCONFIGURED, "azure_feature_not_supported")
    return _BY_CODE.get(code)


def code_of(answer: Answer) -> str:
    """From the header, which answers without a body have too; else from the body, JSON or XML. Empty: none."""
    written = answer.headers.get("x-ms-error-code") or _in_body(answer.body.decode(errors="replace"))[0]
    return written if re.fullmatch(rf"[A-Za-z]{{1,{_LONGEST_CODE}}}", written) else ""


def _verdict(answer: Answer, code: str, place: Place, now: datetime) -> Verdict | None:
    if code == "ResourceNotFound" or (answer.status == 404 and not code):
        return (_MISCONFIGURED, f"azure_{'table' if place.service is Service.TABLE else 'container'}_not_found")
    if cause := _cause_of_closed_door(answer, code, place, now):
        return (_MISCONFIGURED, cause)
    return verdict_on_code(code)


def _cause_of_closed_door(answer: Answer, code: str, place: Place, now: datetime) -> str | None:
    """Why the credentials do not open the account; ``None`` when the answer speaks of something else."""
    if code in ("AuthenticationFailed", "AuthorizationFailure") and _has_ended(answer, place, now):
        return "azure_sas_ended"
    if code == "AuthenticationFailed":
        return _cause_of_failed_signature(answer, place, now)
    if code == "AuthorizationFailure":
        return "azure_access_blocked"
    if code == "AuthorizationPermissionMismatch":
        return "azure_role_missing" if place.is_opened_by_entra else "azure_sas_right_missing"
    if answer.status == 401 or code in ("NoAuthenticationInformation", "InvalidAuthenticationInfo"):
        return "azure_token_refused" if place.is_opened_by_entra else "azure_signature_missing"
    return None


def _cause_of_failed_signature(answer: Answer, place: Place, now: datetime) -> str:
    if place.account.sas and place.account.sas.begins_at and place.account.sas.begins_at > now:
        return "azure_sas_not_begun"
    if abs(_server_time(answer, now) - now) > _TOLERATED_SKEW:
        return "azure_clock_wrong"
    if place.is_opened_by_entra:
        return "azure_token_refused"
    return "azure_key_wrong" if place.account.key else "azure_sas_wrong"


def _has_ended(answer: Answer, place: Place, now: datetime) -> bool:
    sas = place.account.sas
    if sas is None:
        return False
    if sas.ends_at:
        return sas.ends_at <= _server_time(answer, now)
    return b"not valid in the specified time frame" in answer.body  # a stored access policy knows its end


def _server_time(answer: Answer, now: datetime) -> datetime:
    try:
        told = parsedate_to_datetime(answer.headers.get("date") or "")
    except ValueError:
        return now
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _detail(answer: Answer) -> str:
    """The service's own words, out of what is kept of the answer: redacted and cut. Else all of that."""
    if 300 <= answer.status < 400:
        return answer.failure().detail
    kept = answer.exchange.response_body
    return without_ids(_in_body(kept)[1]) or kept


def without_ids(message: str) -> str:
    """The service ends its messages with lines for its own support."""
    return re.split(r"\s*\bRequestId:", message, maxsplit=1)[0].strip()


def _in_body(text: str) -> tuple[str, str]:
    """Code and message; empty where there is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return _in_xml(text)
    if not isinstance(content, dict):
        return "", ""
    return text_in(content, "odata.error", "code"), text_in(content, "odata.error", "message", "value")


def _in_xml(text: str) -> tuple[str, str]:
    """By pattern: a body from anywhere shall not be able to keep a parser busy."""
    code = re.search(r"<(?:m:)?code>([A-Za-z]+)</", text, re.IGNORECASE)
    message = re.search(r"<(?:m:)?message[^>]*>([^<]*)</", text, re.IGNORECASE)
    return code[1] if code else "", html.unescape(message[1]) if message else ""
