"""The page at `/`: shows what arrived and takes the buttons pressed on it."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from integrations.sandbox.faults import Action
from integrations.sandbox.inputs import BadInput, typed_number
from integrations.sandbox.loopback import intruder
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.rendering import HEADERS, View, render
from integrations.sandbox.texts import choose_language

if TYPE_CHECKING:
    from integrations.sandbox.simulator import Simulator

SHOWN = 100
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
        else:
            self._simulator.fail(PRESETS.get(form.get("preset", "")) or _fault_of(form))

    def _show(self, request: Request, problem: BadInput | None = None) -> Answer:
        asked = request.query.get("lang")
        language = choose_language(asked, request.header("accept-language"))
        text = render(self._view(language, problem), f"/?lang={language}" if asked else "/")
        return Answer.html(400 if problem else 200, text, HEADERS)

    def _view(self, language: str, problem: BadInput | None) -> View:
        simulator = self._simulator
        clock = simulator.clock.state()
        return View(
            language=language,
            name=simulator.name,
            url=simulator.url,
            entrances=simulator.entrances(),
            kept=simulator.records.counts(),
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


def _fault_of(form: dict[str, str]) -> dict[str, Any]:
    """The fault as the control interface would be told it; empty fields are left out."""
    fault: dict[str, Any] = {"action": form.get("action"), "times": None}
    if form.get("action") == Action.RESPOND and form.get("status"):
        fault["status"] = typed_number(form["status"])
    if form.get("address"):
        fault["match"] = {"path": form["address"]}
    return fault | {name: typed_number(form[name]) for name in ("delay", "times") if form.get(name)}
