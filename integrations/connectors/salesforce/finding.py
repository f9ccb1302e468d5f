"""Whether a lead is there, in an organisation without a field for its key; pure.

The key stands in a text, and long texts cannot be filtered by ("SOQL and SOSL Reference"). So the query is for the
leads of that person that were made since, and the key is looked for in what comes back: no other lead holds it.

Queries show what the Run As user may see. An assignment rule or a colleague may have given the lead to others, so that
it is not there is certain only where everybody may read all leads, which the organization tells along with it.

The queries go in the body ("REST API Developer Guide", Composite Batch): a person's name has no place in a URL.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.connectors.salesforce.answers import failure_of
from integrations.connectors.salesforce.drafts import Draft
from integrations.connectors.salesforce.refusals import LEAD_ID, failure_in, in_words, read_refusals
from integrations.contract import Arrival, Delivered, Failure, FailureKind
from integrations.json_bodies import content_of
from integrations.transport import Answer

PATH = "/composite/batch"
LONGEST_REQUEST = timedelta(minutes=10)
"""So long Salesforce may be at work on a request ("API Request Limits and Allocations"). Queries see all that is
committed."""
MOST_ALIKE = 100
_ACCESS = "SELECT DefaultLeadAccess FROM Organization"
_ALL_MAY_READ = ("Read", "Edit", "ReadEdit", "ReadEditTransfer", "All")
"""Of the values of ``DefaultLeadAccess`` ("Object Reference", Organization)."""
_CLOCKS_DIFFER = timedelta(hours=1)


def query_for(draft: Draft) -> str:
    """Empty where no text holds the key, or nobody is named. By the name as well as by the e-mail address: one that
    Salesforce refused was left out of the lead."""
    holding = _holding_key(draft)
    named = [_is(draft, name) for name in ("LastName", "Company") if draft.values.get(name)]
    persons = [_is(draft, "Email")] if draft.values.get("Email") else []
    persons += [f"({' AND '.join(named)})"] if named else []
    if not holding or not persons:
        return ""
    since = (draft.record.received_at.astimezone(UTC) - _CLOCKS_DIFFER).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = f"CreatedDate >= {since} AND ({' OR '.join(persons)})"
    return f"SELECT Id, {', '.join(holding)} FROM Lead WHERE {conditions} ORDER BY CreatedDate LIMIT {MOST_ALIKE}"  # noqa: S608 - values are escaped


def body_of(query: str, api_version: str) -> dict[str, Any]:
    path = f"v{api_version}/query"
    return {"batchRequests": [{"method": "GET", "url": f"{path}?{urlencode({'q': q})}"} for q in (_ACCESS, query)]}


def found_in(answer: Answer, draft: Draft) -> Delivered | Failure | None:
    """``None``: it is not there. Nothing that the failure says is taken from other leads."""
    if not answer.ok:
        return failure_of(answer)
    (_status, access), (status, content) = _answers_in(content_of(answer))
    if status >= 400:
        return _failure(status, content)
    rows = _rows_in(content)
    if rows is None or not all(LEAD_ID.fullmatch(str(row.get("Id"))) for row in rows):
        return replace(answer.unreadable(), detail="", escalates=None)
    for row in rows:
        if any(str(draft.record.key) in str(row.get(name)) for name in _holding_key(draft)):
            return Delivered(Arrival.ALREADY_THERE, row["Id"])
    sees_all = _all_may_read(access) and content.get("done") is True and len(rows) < MOST_ALIKE
    return None if sees_all else Failure(kind=FailureKind.REJECTED, cause="may_have_arrived")


def _holding_key(draft: Draft) -> list[str]:
    """The fields with the key in their value, by whatever rule."""
    return [name for name, value in draft.values.items() if str(draft.record.key) in str(value)]


def _is(draft: Draft, name: str) -> str:
    escaped = str(draft.values[name]).replace("\\", "\\\\").replace("'", "\\'")
    return f"{name} = '{escaped}'"


def _answers_in(content: Any) -> list[tuple[int, Any]]:
    """Status and content of each of the two; neither for what is no answer to such a batch."""
    results = content.get("results") if isinstance(content, dict) else None
    entries = [entry for entry in results if isinstance(entry, dict)] if isinstance(results, list) else []
    answers: list[tuple[Any, Any]] = [(entry.get("statusCode"), entry.get("result")) for entry in entries]
    is_whole = len(answers) == 2 and all(isinstance(status, int) for status, _result in answers)
    return answers if is_whole else [(0, None), (0, None)]


def _rows_in(content: Any) -> list[Mapping[str, Any]] | None:
    rows = content.get("records") if isinstance(content, dict) else None
    return rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else None


def _all_may_read(content: Any) -> bool:
    rows = _rows_in(content) or []
    return [row.get("DefaultLeadAccess") in _ALL_MAY_READ for row in rows] == [True]


def _failure(status: int, content: Any) -> Failure:
    """A query that is refused (a field that is encrypted cannot be filtered by) is no reason to stop the destination:
    leads still arrive. A person looks."""
    refusals = read_refusals(content)
    said: dict[str, Any] = {"code": refusals[0].code, "detail": in_words(refusals)} if refusals else {}
    if status == 400:
        failure = Failure(kind=FailureKind.REJECTED, cause="may_have_arrived", **said)
    else:
        failure = failure_in(refusals) or Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", **said)
    return replace(failure, http_status=status)
