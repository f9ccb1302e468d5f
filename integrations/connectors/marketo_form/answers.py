"""What the form handler's answers mean: pure. The handler is not documented; these are its answers as seen."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from integrations.connectors.marketo_form.config import FormHandler
from integrations.contract import Arrival, Delivered, Failure, FailureKind, Note
from integrations.mapping import TargetField, ValueType
from integrations.notes import NO_SIGN_OF_ACCEPTANCE
from integrations.transport import Answer, Verdict

SLOW_DOWN = timedelta(seconds=60)
_ACCEPTED = Delivered(Arrival.UNCONFIRMED)
_ERRORS = ("error", "errors", "errorCode")
_PROOFS = ("aliId", "followUpUrl")
_JSONP = re.compile(r"\s*[\w.$]+\((.*)\)\s*;?\s*", re.DOTALL)

_MEANING_OF_STATUS: dict[int, Verdict] = {
    400: (FailureKind.MISCONFIGURED, "marketo_form_ids"),
    **dict.fromkeys((401, 402, 403, 451), (FailureKind.MISCONFIGURED, "marketo_form_forbidden")),
    **dict.fromkeys((*range(300, 400), 404, 410), (FailureKind.MISCONFIGURED, "marketo_form_not_found")),
}


def judged(
    answer: Answer, handler: FormHandler, names: Mapping[str, str]
) -> tuple[Delivered | Failure, tuple[Note, ...]]:
    """``names``: form and account, for the words of a failure. A check only reads the form, so that it can prove the
    end of nothing that is said of a post."""
    if answer.ok:
        return _judged_content(answer, names)
    if _is_follow_up(answer.status, handler):
        refused = "error" in answer.headers.get("location", "").lower()
        return (_refused(answer, answer.failure().detail, names) if refused else _ACCEPTED), ()
    failure = replace(answer.failure(_MEANING_OF_STATUS), params=names, resumes_itself=False)
    if failure.kind is FailureKind.THROTTLED and not failure.retry_after:
        failure = replace(failure, retry_after=SLOW_DOWN)
    return failure, ()


def _is_follow_up(status: int, handler: FormHandler) -> bool:
    """A redirect to the page that people see after filling out the form."""
    return status == 303 or (status == 302 and handler == FormHandler.SAVE)


def _judged_content(answer: Answer, names: Mapping[str, str]) -> tuple[Delivered | Failure, tuple[Note, ...]]:
    content = content_of(answer.body)
    if isinstance(content, dict) and any(content.get(name) for name in _ERRORS):
        return _refused(answer, answer.exchange.response_body, names), ()
    if isinstance(content, dict) and content.get("formId") and any(content.get(name) for name in _PROOFS):
        return _ACCEPTED, ()
    return Delivered(Arrival.DOUBTFUL), (NO_SIGN_OF_ACCEPTANCE,)


def _refused(answer: Answer, detail: str, names: Mapping[str, str]) -> Failure:
    return Failure(
        kind=FailureKind.MISCONFIGURED, cause="marketo_form_refused", detail=detail, http_status=answer.status,
        params=names, resumes_itself=False,
    )  # fmt: skip


def content_of(body: bytes) -> Any:
    """JSON, or JSON as the argument of a call (JSONP); ``None`` for anything else."""
    text = body.decode(errors="replace")
    wrapped = _JSONP.fullmatch(text)
    try:
        return json.loads(wrapped[1] if wrapped else text)
    except (ValueError, RecursionError):
        return None


def fields_in(content: Any) -> tuple[TargetField, ...]:
    """The fields of a form's description, wherever in its rows they stand; empty for what is no description."""
    rows = content.get("rows") if isinstance(content, dict) else None
    return tuple(_field(entry) for entry in _entries(rows))


def _entries(rows: Any) -> list[dict[str, Any]]:
    if isinstance(rows, list):
        return [entry for row in rows for entry in _entries(row)]
    is_field = isinstance(rows, dict) and isinstance(rows.get("Name"), str) and "Datatype" in rows
    return [rows] if is_field else []


def _field(entry: Mapping[str, Any]) -> TargetField:
    length = entry.get("Maxlength")
    return TargetField(
        name=entry["Name"],
        label=str(entry.get("InputLabel") or "").rstrip(":"),
        type=ValueType.EMAIL if entry["Datatype"] == "email" else ValueType.TEXT,
        max_length=length if isinstance(length, int) and length > 0 else None,
    )
