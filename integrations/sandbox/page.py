"""The page at `/`: shows what arrived and takes the buttons pressed on it."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from integrations.sandbox.arrivals import EDITED
from integrations.sandbox.faults import Action
from integrations.sandbox.inputs import BadInput, typed_number
from integrations.sandbox.loopback import intruder
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.records import Record
from integrations.sandbox.rendering import HEADERS, View, render
from integrations.sandbox.texts import choose_language

if TYPE_CHECKING:
    from integrations.sandbox.simulator import Simulator

SHOWN = 100
SHOWN_RECORDS = 30
PRESETS: dict[str, dict[str, Any]] = {
    "refuse_twice": {"action": "respond", "status": 503, "times": 2},
    "throttle": {"action": "respond", "status": 429, "headers": {"Retry-After": "5"}},
    "lose_answer": {"action": "commit_then_drop"},
    "outage": {"action": "respond", "status": 503, "times": None},
}


class Page:
    """Answers the page's requests for one simulator."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator

    def respond(self, request: Request) -> Answer:
        if intruder(request):
            return Answer(
                403, (("Content-Type", "text/plain"),), b"Open this page as http://127.0.0.1 or http://localhost.\n"
            )
        if request.method in {"GET", "HEAD"}:
            return self._show(request)
        if request.method != "POST":
            return Answer(405, (("Allow", "GET, HEAD, POST"),))
        try:
            self._press(_form(request))
        except BadInput as problem:
            return self._show(request, problem)
        asked = request.query.get("lang")
        return Answer(303, (("Location", f"/?lang={choose_language(asked, None)}" if asked else "/"),))

    def _press(self, form: dict[str, str]) -> None:
        """Does what the pressed button says."""
        if "forget" in form:
            self._simulator.forget()
        elif "clear" in form:
            self._simulator.faults.clear(int(form["clear"]) if form["clear"].isdecimal() else None)
        elif "revoke" in form:
            self._simulator.revoke_tokens()
        elif "edit" in form:
            self._edit(form)
        elif "remove" in form:
            record = self._record(form)
            self._simulator.records.remove(record.collection, record.key)
        else:
            self._simulator.fail(self._simulator.presets.get(form.get("preset", "")) or _fault_of(form))

    def _edit(self, form: dict[str, str]) -> None:
        """What a person does in the system itself: changes one field of a record."""
        record, field = self._record(form), form.get("field", "")
        if field not in record.fields:
            raise BadInput("field", "unknown")
        value = _typed(form.get("value", ""), record.fields[field])
        self._simulator.records.change(record, {field: value}, EDITED)

    def _record(self, form: dict[str, str]) -> Record:
        return self._simulator.record_to_change(form.get("collection", ""), form.get("key", ""))

    def _show(self, request: Request, problem: BadInput | None = None) -> Answer:
        asked = request.query.get("lang")
        language = choose_language(asked, request.header("accept-language"))
        text = render(self._view(language, f"/?lang={language}" if asked else "/", problem))
        return Answer.html(400 if problem else 200, text, HEADERS)

    def _view(self, language: str, action: str, problem: BadInput | None) -> View:
        simulator = self._simulator
        clock, counts = simulator.clock.state(), simulator.records.counts()
        return View(
            language=language,
            name=simulator.name,
            url=simulator.url,
            action=action,
            destinations=simulator.destinations(),
            obstacle=simulator.obstacle(),
            editable=simulator.editable,
            neighbours=simulator.neighbours,
            entrances=simulator.entrances(),
            presets=tuple(simulator.presets),
            has_tokens=simulator.has_tokens,
            kept={name: count for name, count in counts.items() if name not in simulator.beside},
            records=simulator.records.latest(SHOWN_RECORDS, counts.keys() - simulator.beside)[::-1],
            beside=simulator.records.latest(SHOWN_RECORDS, simulator.beside)[::-1],
            count=simulator.arrivals.count(),
            arrivals=simulator.arrivals.latest(SHOWN),
            faults=simulator.faults.waiting(),
            clock=clock["now"] if clock["offset"] or clock["at"] is not None else None,
            problem=problem.sentence(language) if problem else "",
            conceals=simulator.conceals,
        )


def _form(request: Request) -> dict[str, str]:
    fields = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def _typed(text: str, present: object) -> object:
    """The typed text as a value of the same kind as the present one."""
    if present is None or isinstance(present, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise BadInput("value", "json") from None


def _fault_of(form: dict[str, str]) -> dict[str, Any]:
    """The fault as the control interface would be told it; empty fields are left out."""
    fault: dict[str, Any] = {"action": form.get("action"), "times": None}
    if form.get("action") == Action.RESPOND and form.get("status"):
        fault["status"] = typed_number(form["status"])
    if form.get("address"):
        fault["match"] = {"path": form["address"]}
    return fault | {name: typed_number(form[name]) for name in ("delay", "times") if form.get(name)}
