"""The REST API under `/services/data`: who may call, what there is, and what each call does."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from integrations.sandbox.arrivals import Note
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.records import Record
from integrations.sandbox.salesforce.batches import Batches
from integrations.sandbox.salesforce.calls import Call, Reply, note_of
from integrations.sandbox.salesforce.describe import describe_lead
from integrations.sandbox.salesforce.errors import ApiError, missing, unreadable
from integrations.sandbox.salesforce.leads import LEADS, Leads, Saved, SeveralFound
from integrations.sandbox.salesforce.sessions import Sessions
from integrations.sandbox.salesforce.settings import Settings
from integrations.sandbox.salesforce.soql import read_query
from integrations.sandbox.salesforce.usage import Underway, Window

ROOT = "/services/data"
LANE = "api"
MOST_SUBREQUESTS = 25
_VERSIONED = re.compile(r"/services/data/v(\d{1,3}\.0)(/.*)?")
_ORGANIZATION = re.compile(r"SELECT\s+DefaultLeadAccess\s+FROM\s+Organization", re.IGNORECASE)
_BEARER = re.compile("(Bearer|OAuth) +(\\S+)", re.IGNORECASE)

Action = Callable[[Call], Reply]


@dataclass(frozen=True)
class Meters:
    """What is counted against the limits, and since when the fields are as they are (Unix seconds)."""

    calls: Window
    underway: Underway
    described_at: Callable[[], float]


class RestApi:
    """Answers with the list of errors that Salesforce gives, and with `Sforce-Limit-Info` on everything."""

    def __init__(
        self, settings: Callable[[], Settings], sessions: Sessions, leads: Leads, batches: Batches, meters: Meters
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._leads = leads
        self._meters = meters
        lead, batch = "/sobjects/Lead", "/composite/sobjects"
        self._routes: list[tuple[re.Pattern[str], str, Mapping[str, Action]]] = [
            (re.compile(f"{lead}/?"), LEADS, {"POST": self._insert}),
            (re.compile(f"{lead}/describe/?"), "describe", {"GET": self._describe}),
            (re.compile(f"{lead}/([^/]+)"), LEADS, {"GET": self._read, "PATCH": self._update, "DELETE": self._delete}),
            (re.compile(f"{lead}/([^/]+)/([^/]+)"), LEADS, {"GET": self._read_by_key, "PATCH": self._upsert}),
            (re.compile(f"{batch}/?"), LEADS, {"POST": batches.insert}),
            (re.compile(f"{batch}/Lead/([^/]+)"), LEADS, {"PATCH": batches.upsert}),
            (re.compile("/composite/batch/?"), "batches", {"POST": self._batch}),
            (re.compile("/query/?"), "queries", {"GET": self._query}),
            (re.compile("/limits/?"), "limits", {"GET": self._limits}),
        ]

    def examine(self, request: Request) -> Note:
        found = _VERSIONED.fullmatch(request.path)
        rest = (found[2] or "") if found else ""
        collection = next((name for pattern, name, _ in self._routes if pattern.fullmatch(rest)), None)
        return note_of(request, collection) if collection == LEADS else Note(collection)

    def respond(self, request: Request) -> tuple[Answer, Note]:
        note = self.examine(request)
        try:
            reply = self._reply(request)
        except ApiError as refused:
            if refused.record and refused.code == "DUPLICATE_VALUE":
                self._leads.note_repeat(refused.record)
            answer = refused.answer()
            note = replace(note, key=refused.record, findings={"refused": refused.slug})
        else:
            answer = reply.answer
            findings = {"arrival": reply.outcome} if reply.outcome else {}
            note = note.with_outcome(Note(note.collection, reply.record, findings=findings, each=reply.each))
        return replace(answer, headers=(*answer.headers, ("Sforce-Limit-Info", self._usage()))), note

    def _reply(self, request: Request) -> Reply:
        self._check_session(request)
        call = self._call(request)
        self._check_limits()
        self._meters.calls.add()
        return self._act(call)

    def _act(self, call: Call) -> Reply:
        request = call.request
        rest = request.path.removeprefix(call.base)
        for pattern, _, actions in self._routes:
            if found := pattern.fullmatch(rest):
                action = actions.get("GET" if request.method == "HEAD" else request.method)
                if action is None:
                    raise _not_allowed(request.method, actions)
                return action(replace(call, parts=tuple(unquote(part).strip() for part in found.groups())))
        raise missing()

    def _check_session(self, request: Request) -> None:
        given = request.header("authorization")
        found = _BEARER.fullmatch(given or "")
        if given is not None and found is None:
            raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        if found is None or not self._sessions.use(found[2]):
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def _call(self, request: Request) -> Call:
        found = _VERSIONED.fullmatch(request.path)
        versions = self._settings().versions
        if found is None or float(found[1]) > versions.highest:
            raise missing()
        if float(found[1]) < versions.lowest:
            message = f"API version {found[1]} is retired: choose a version from {versions.lowest}.0"
            raise ApiError(versions.retired_status, "UNSUPPORTED_API_VERSION", message)
        return Call(request, f"{ROOT}/v{found[1]}", float(found[1]))

    def _check_limits(self) -> None:
        settings = self._settings()
        limits = settings.limits
        if not settings.org.api:
            raise ApiError(403, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")
        if not settings.user.api:
            raise ApiError(403, "API_CURRENTLY_DISABLED", "API is currently disabled for this user")
        if self._used() >= limits.daily_calls:
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if self._meters.underway.longer_than(limits.long_running_seconds, LANE) >= limits.concurrent:
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", message)

    def _used(self) -> int:
        return self._meters.calls.count() + self._settings().limits.used_before

    def _usage(self) -> str:
        return f"api-usage={self._used()}/{self._settings().limits.daily_calls}"

    def _insert(self, call: Call) -> Reply:
        saved = self._leads.insert(call.content(), allow_save=call.allows_save)
        return Reply(Answer.json(201, _saved(saved), {"Location": _path(call, saved.id)}), saved.id, "created")

    def _upsert(self, call: Call) -> Reply:
        key = self._leads.key_field(call.parts[0])
        update_only = call.request.query.get("updateOnly", "").lower() == "true"
        try:
            saved = self._leads.upsert(
                key, call.parts[1], call.content(), allow_save=call.allows_save, update_only=update_only
            )
        except SeveralFound as several:
            return Reply(Answer.json(300, [_path(call, one) for one in several.ids]), outcome="several")
        if call.version < 46:
            return Reply(Answer.json(201 if saved.created else 204, _saved(saved)), saved.id, _outcome(saved))
        content = {**_saved(saved), "created": saved.created}
        return Reply(Answer.json(201 if saved.created else 200, content), saved.id, _outcome(saved))

    def _read(self, call: Call) -> Reply:
        self._check_reading()
        return self._shown(call, self._leads.by_id(call.parts[0]))

    def _read_by_key(self, call: Call) -> Reply:
        self._check_reading()
        found = self._leads.with_value(self._leads.key_field(call.parts[0]), call.parts[1])
        if not found:
            raise missing()
        if len(found) > 1:
            return Reply(Answer.json(300, [_path(call, record.key) for record in found]), outcome="several")
        return self._shown(call, found[0])

    def _update(self, call: Call) -> Reply:
        saved = self._leads.update(self._leads.by_id(call.parts[0]), call.content())
        return Reply(Answer(204), saved.id, "updated")

    def _delete(self, call: Call) -> Reply:
        record = self._leads.by_id(call.parts[0])
        self._leads.remove(record)
        return Reply(Answer(204), record.key, "deleted")

    def _describe(self, call: Call) -> Reply:
        self._check_reading()
        changed_at = int(self._meters.described_at())
        headers = {"Last-Modified": formatdate(changed_at, usegmt=True)}
        if _is_known(call.request.header("if-modified-since"), changed_at):
            return Reply(Answer.json(304, None, headers))
        return Reply(Answer.json(200, describe_lead(self._settings(), f"{call.base}/sobjects/Lead"), headers))

    def _query(self, call: Call) -> Reply:
        text = call.request.query.get("q", "")
        if not text.strip():
            raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
        access = self._settings().org.lead_access
        if _ORGANIZATION.fullmatch(text.strip()):
            rows = [{"attributes": {"type": "Organization"}, "DefaultLeadAccess": access}]
        else:
            query = read_query(text, self._settings())
            found = [] if access == "None" else query.run(self._leads)
            rows = [_row(call, record, query.fields) for record in found]
        return Reply(Answer.json(200, {"totalSize": len(rows), "done": True, "records": rows}))

    def _batch(self, call: Call) -> Reply:
        """Composite Batch, of requests that read."""
        content = call.content()
        asked = content.get("batchRequests") if isinstance(content, dict) else None
        if not isinstance(asked, list) or not 0 < len(asked) <= MOST_SUBREQUESTS:
            raise unreadable("batchRequests must be a list of 1 to 25 subrequests at [line:1, column:2]")
        for _other in asked[1:]:  # each subrequest counts as a call
            self._meters.calls.add()
        results = [self._subresult(call, one) for one in asked]
        has_errors = any(result["statusCode"] >= 400 for result in results)
        return Reply(Answer.json(200, {"hasErrors": has_errors, "results": results}))

    def _subresult(self, call: Call, asked: object) -> dict[str, Any]:
        method, url = (asked.get("method"), asked.get("url")) if isinstance(asked, dict) else (None, None)
        if method != "GET" or not isinstance(url, str) or "/composite" in url:
            raise unreadable("Subrequest has an invalid method or url at [line:1, column:20]")
        try:
            answer = self._act(self._call(Request("GET", f"{ROOT}/{url}", call.request.headers))).answer
        except ApiError as refused:
            answer = refused.answer()
        return {"statusCode": answer.status, "result": json.loads(answer.body or b"null")}

    def _limits(self, call: Call) -> Reply:
        most = self._settings().limits.daily_calls
        calls = {"Max": most, "Remaining": max(0, most - self._used())}
        return Reply(Answer.json(200, {"DailyApiRequests": calls}))

    def _shown(self, call: Call, record: Record) -> Reply:
        names = tuple(name for name, field in self._settings().lead_fields.items() if field.visible)
        return Reply(Answer.json(200, _row(call, record, names)), record.key)

    def _check_reading(self) -> None:
        if self._settings().user.leads == "none":
            raise missing()


def _saved(saved: Saved) -> dict[str, Any]:
    return {"id": saved.id, "success": True, "errors": []}


def _outcome(saved: Saved) -> str:
    return "created" if saved.created else "updated"


def _path(call: Call, lead_id: str) -> str:
    return f"{call.base}/sobjects/Lead/{lead_id}"


def _row(call: Call, record: Record, names: tuple[str, ...]) -> dict[str, Any]:
    attributes = {"type": "Lead", "url": _path(call, record.key)}
    return {"attributes": attributes, **{name: record.fields.get(name) for name in names}}


def _not_allowed(method: str, actions: Mapping[str, Action]) -> ApiError:
    message = f"HTTP Method '{method}' not allowed. Allowed are {','.join(actions)}"
    return ApiError(405, "METHOD_NOT_ALLOWED", message)


def _is_known(since: str | None, changed_at: int) -> bool:
    try:
        return since is not None and parsedate_to_datetime(since).timestamp() >= changed_at
    except ValueError:
        return False
