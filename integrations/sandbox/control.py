"""The control interface under `/_control`, the same for every simulator. Everything is JSON.

    GET  /_control/records?collection=&limit=    what was taken in, oldest first
    POST /_control/records                       {"collection": "", "key": "", "fields": {}}: a person edits a record;
                                                 DELETE with collection and key removes it
    GET  /_control/requests?collection=&limit=   every request, oldest first, with the most that ran at one time
    GET  /_control/faults                        the faults that wait;  POST appends one or a list;  DELETE clears
    GET  /_control/config                        the settings, secrets hidden;  POST merges
    GET  /_control/clock                         POST {"offset": 3600} shifts, {"at": 1614265330} stops the clock
    POST /_control/tokens/revoke                 no token issued so far is good any longer
    POST /_control/reset                         forgets everything; {"keep_config": true} leaves the settings

A call that cannot be taken is answered 400 with the field and the reason. Only loopback `Host` values are accepted.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from integrations.sandbox.arrivals import EDITED
from integrations.sandbox.inputs import BadInput, Fields, typed_number
from integrations.sandbox.loopback import intruder
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.records import Record

if TYPE_CHECKING:
    from integrations.sandbox.simulator import Simulator

CONTROL = "/_control"
MOST = 1_000_000

Call = Callable[[Request], object]


class Control:
    """Answers control calls for one simulator."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        self._calls: Mapping[str, Mapping[str, Call]] = {
            "records": {"GET": self._records, "POST": self._edit, "DELETE": self._remove},
            "requests": {"GET": self._requests},
            "faults": {"GET": self._faults, "POST": self._add_faults, "DELETE": self._clear_faults},
            "config": {"GET": self._settings, "POST": self._configure},
            "clock": {"GET": self._clock, "POST": self._set_clock},
            "tokens/revoke": {"POST": self._revoke},
            "reset": {"POST": self._reset},
        }

    def respond(self, request: Request) -> Answer:
        if header := intruder(request):
            return _refused(403, header, "control calls come from this machine only; use 127.0.0.1 or localhost")
        calls = self._calls.get(request.path.removeprefix(f"{CONTROL}/"))
        if calls is None:
            return _refused(404, "path", f"known control calls: {', '.join(self._calls)}")
        call = calls.get(request.method)
        if call is None:
            return _refused(405, "method", f"this call takes {', '.join(calls)}", {"Allow": ", ".join(calls)})
        try:
            return Answer.json(200, call(request))
        except BadInput as problem:
            return _refused(400, problem.field, problem.sentence())

    def _records(self, request: Request) -> dict[str, Any]:
        collection, limit = _read_range(request)
        records = self._simulator.records
        counts = records.counts()
        wanted = counts.keys() if collection is None else [collection]
        count = sum(counts.get(name, 0) for name in wanted)
        return {"count": count, "records": [record.as_json() for record in records.latest(limit, wanted)]}

    def _edit(self, request: Request) -> dict[str, Any]:
        fields = Fields(_json(request))
        record, changes = self._named(fields), fields.mapping("fields")
        fields.finish()
        self._simulator.records.change(record, changes, EDITED)
        return self._named(Fields({"collection": record.collection, "key": record.key})).as_json()

    def _remove(self, request: Request) -> dict[str, Any]:
        fields = Fields(_json(request) if request.body else request.query)
        record = self._named(fields)
        fields.finish()
        self._simulator.records.remove(record.collection, record.key)
        return {"removed": record.as_json()}

    def _named(self, fields: Fields) -> Record:
        return self._simulator.record_to_change(fields.text("collection", ""), fields.text("key", ""))

    def _revoke(self, request: Request) -> dict[str, Any]:
        self._simulator.revoke_tokens()
        return {}

    def _requests(self, request: Request) -> dict[str, Any]:
        collection, limit = _read_range(request)
        arrivals = self._simulator.arrivals
        found = reversed(arrivals.latest(limit, collection))
        return {
            "count": arrivals.count(collection),
            "maximum_concurrency": self._simulator.traffic.maximum,
            "requests": [arrival.as_json() for arrival in found],
        }

    def _faults(self, request: Request) -> dict[str, Any]:
        return {"faults": [fault.as_json() for fault in self._simulator.faults.waiting()]}

    def _add_faults(self, request: Request) -> dict[str, Any]:
        self._simulator.fail(_json(request))
        return self._faults(request)

    def _clear_faults(self, request: Request) -> dict[str, Any]:
        self._simulator.faults.clear()
        return self._faults(request)

    def _settings(self, request: Request) -> dict[str, Any]:
        return self._simulator.settings()

    def _configure(self, request: Request) -> dict[str, Any]:
        self._simulator.configure(_json(request))
        return self._simulator.settings()

    def _clock(self, request: Request) -> dict[str, Any]:
        return dict(self._simulator.clock.state())

    def _set_clock(self, request: Request) -> dict[str, Any]:
        self._simulator.clock.set(Fields(_json(request)))
        return self._clock(request)

    def _reset(self, request: Request) -> dict[str, Any]:
        fields = Fields(_json(request) if request.body else {})
        keep_config = fields.flag("keep_config", False)
        fields.finish()
        self._simulator.forget()
        self._simulator.clock.reset()
        if not keep_config:
            self._simulator.forget_settings()
        return self._simulator.settings()


def _json(request: Request) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadInput("body", "json") from None


def _read_range(request: Request) -> tuple[str | None, int]:
    """Which collection (None: all) and how many at most."""
    given: dict[str, object] = dict(request.query)
    if "limit" in given:
        given["limit"] = typed_number(request.query["limit"])
    fields = Fields(given)
    collection, limit = fields.optional_text("collection"), fields.whole("limit", 0, MOST, MOST)
    fields.finish()
    return collection, limit


def _refused(status: int, field: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer.json(status, {"error": {"field": field, "message": message}}, headers)
