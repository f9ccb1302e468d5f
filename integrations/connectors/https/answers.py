"""What a receiver's answer means; pure."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, NamedTuple

from integrations.connectors.https.config import SignIn, header_names, statuses_in
from integrations.contract import Arrival, Delivered, Failure, FailureKind, Note
from integrations.json_bodies import fields_of, text_in
from integrations.notes import NO_SIGN_OF_ACCEPTANCE
from integrations.transport import Answer, Verdict

_BY_STATUS: dict[int, Verdict] = {
    405: (FailureKind.MISCONFIGURED, "method_refused"),
    407: (FailureKind.MISCONFIGURED, "proxy_sign_in"),
    410: (FailureKind.MISCONFIGURED, "receiver_asks_to_stop"),
    501: (FailureKind.MISCONFIGURED, "not_supported"),
    505: (FailureKind.MISCONFIGURED, "not_supported"),
}
_NOT_LET_IN = (401, 403)
# By what is set up to be let in: alone, and beside a signature. Receivers do not tell which of the two they mean.
NOT_LET_IN_WITH: Mapping[str, tuple[str, str]] = {
    SignIn.NONE: ("https_sign_in_missing", "https_signature_refused"),
    SignIn.BEARER: ("https_token_refused", "https_token_or_signature_refused"),
    SignIn.BASIC: ("https_password_refused", "https_password_or_signature_refused"),
    SignIn.HEADERS: ("https_headers_refused", "https_headers_or_signature_refused"),
}
_PAGES = ("text/html", "application/xhtml+xml")
_BEGINNING = 1000  # bytes


class Meaning(NamedTuple):
    result: Delivered | Failure
    notes: tuple[Note, ...] = ()


_DOUBTFUL = Meaning(Delivered(Arrival.DOUBTFUL), (NO_SIGN_OF_ACCEPTANCE,))


def judge(answer: Answer, config: Mapping[str, Any]) -> Meaning:
    """``config`` is the cleaned data of ``HttpsConfig``. An id is not yet fit to be kept."""
    if answer.ok:
        return _accepted(answer, config)
    if answer.status in statuses_in(config["already_there_statuses"]):
        return Meaning(Delivered(Arrival.ALREADY_THERE))
    if answer.status in _NOT_LET_IN:
        return Meaning(_not_let_in(answer, config))
    return Meaning(replace(answer.failure(_BY_STATUS), resumes_itself=answer.status != HTTPStatus.GONE))


def _accepted(answer: Answer, config: Mapping[str, Any]) -> Meaning:
    """A receiver that names its records and names none is somebody else: a maintenance page, a captive proxy.
    It is asked again where that is harmless."""
    if not config["answer_holds_id"]:
        return _DOUBTFUL if is_web_page(answer) else Meaning(Delivered(Arrival.UNCONFIRMED))
    if external_id := text_in(fields_of(answer), "id"):
        return Meaning(Delivered(Arrival.CREATED, external_id))
    if config["recognises_repeats"]:
        return Meaning(answer.unreadable())
    return _DOUBTFUL


def is_web_page(answer: Answer) -> bool:
    """Its type alone says little: frameworks call each short "ok" HTML unless they are told otherwise."""
    begins = answer.body[:_BEGINNING].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    kind = (answer.headers.get("content-type") or "").partition(";")[0].strip().lower()
    return begins.startswith(b"<") and (kind in _PAGES or b"<!doctype html" in begins or b"<html" in begins)


def _not_let_in(answer: Answer, config: Mapping[str, Any]) -> Failure:
    alone, beside_signature = NOT_LET_IN_WITH[config["sign_in"]]
    cause, names = beside_signature if config["signed"] else alone, ", ".join(header_names(config).values())
    return replace(answer.failure(), cause=cause, params={"headers": names} if names else {})
