"""Marketo itself: lets a request in, plays it, and says what became of it."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Unpack

from integrations.sandbox.arrivals import Note, together
from integrations.sandbox.entering import Destination, ticked, typed
from integrations.sandbox.inputs import Fields
from integrations.sandbox.marketo.about import about
from integrations.sandbox.marketo.calls import Call, Calls
from integrations.sandbox.marketo.entries import Planned
from integrations.sandbox.marketo.errors import Refused, TurnedAway, html_page, reason
from integrations.sandbox.marketo.form_post import GET_FORM, SAVE, SAVE2, check_handler, show_form, take_post
from integrations.sandbox.marketo.leads import Played, Turn
from integrations.sandbox.marketo.limits import Quota, Window
from integrations.sandbox.marketo.people import ACTIVITIES, MEMBERS, PEOPLE, People
from integrations.sandbox.marketo.rest import PUSH, SUBMIT, SYNC, Route, failure, route_of, success
from integrations.sandbox.marketo.settings import Settings
from integrations.sandbox.marketo.tokens import Tokens, answer_identity, token_of
from integrations.sandbox.marketo.upsert import Outcome
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.page import PRESETS
from integrations.sandbox.rendering import Entrance
from integrations.sandbox.simulator import Place, Simulator

IDENTITY = "/identity/oauth/token"
MINUTE = 60
THROTTLED = (
    '{"requestId":"sandbox","success":false,"errors":'
    '[{"code":"606","message":"Max rate limit \'100\' exceeded with in \'20\' secs"}]}'
)
TOO_MANY_POSTS = html_page(429, "Too Many Requests")
_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "cookie"}


class Marketo(Simulator):
    """One instance with its identity service, REST interface and form handlers.

    Settings by `POST /_control/config`: the fields of `Settings`. Two upserts of one new e-mail that overlap make two
    people, so requests are played at the same time, each write in a transaction of its own.
    """

    name = "marketo"
    beside = frozenset({MEMBERS, ACTIVITIES})
    one_at_a_time = False
    presets: ClassVar[Mapping[str, dict[str, Any]]] = {
        "refuse_twice": PRESETS["refuse_twice"],
        "throttle": {
            "action": "respond",
            "status": 200,
            "headers": {"Content-Type": "application/json"},
            "body": THROTTLED,
            "match": {"path": "/rest/"},
        },
        "lose_answer": {"action": "commit_then_drop", "match": {"method": "POST", "path": "/rest/v1/leads"}},
        "throttle_form": {
            "action": "respond",
            "status": TOO_MANY_POSTS.status,
            "headers": dict(TOO_MANY_POSTS.headers),
            "body": TOO_MANY_POSTS.body.decode(),
            "match": {"path": SAVE},
        },
        "lose_form_answer": {"action": "commit_then_drop", "match": {"path": SAVE}},
        "outage": PRESETS["outage"],
    }

    def __init__(self, **place: Unpack[Place]) -> None:
        super().__init__(**place)
        self._calls = self.traffic = Calls()
        self._people = People(self.records, self._calls)
        self._lock = threading.Lock()  # around what follows
        self._tokens = Tokens()
        self._settings = Settings().merged(Fields(self.journal.setting(self.name) or {}))
        self._count_anew()

    def examine(self, request: Request) -> Note:
        return about(request)

    def answer(self, request: Request) -> tuple[Answer, Note]:
        note = about(request)
        try:
            answer, found = self._play(request)
        except Refused as refused:
            code = refused.reasons[0].code
            return failure(refused), replace(note, findings={"refused": refused.finding, "code": code})
        except TurnedAway as turned:
            return turned.answer, replace(note, findings={"refused": turned.finding})
        return answer, note.with_outcome(found)

    def configure(self, content: object) -> None:
        with self._lock:
            self._save(self._settings.merged(Fields(content)))

    def settings(self) -> dict[str, Any]:
        """Beside the settings, how much was counted."""
        with self._lock:
            now = self.clock.now()
            counted = {"calls": dict(self._counted), **self._quota.counted(self._settings.limits, now)}
            return {**self._settings.hidden(), "counted": counted}

    def forget_settings(self) -> None:
        with self._lock:
            self._save(Settings())

    def forget(self) -> None:
        super().forget()
        with self._lock:
            self._tokens.revoke()
            self._people.forget()
            self._count_anew()

    def revoke_tokens(self) -> None:
        with self._lock:
            self._tokens.revoke()

    def entrances(self) -> list[Entrance]:
        return [
            Entrance(SYNC, PEOPLE, ("entrance.marketo_token",)),
            *(Entrance(path, None, ("entrance.marketo_token",)) for path in (PUSH, SUBMIT)),
            Entrance(SAVE2, None, ("entrance.marketo_legacy",)),
        ]

    def destinations(self) -> list[Destination]:
        settings = self._settings
        push, submit = (("marketo_method", f"marketo_method.{method}") for method in ("push", "form"))
        over_rest = (
            typed("marketo_account", self.url),
            typed("marketo_client_id", settings.client_id),
            typed("marketo_client_secret", settings.client_secret),
            *(typed("marketo_program", program, only_if=push) for program in settings.programs),
            *(typed("marketo_form_id", number, only_if=submit) for number in settings.forms),
            ticked("marketo_elsewhere"),
        )
        by_form = (
            typed("marketo_munchkin_id", settings.munchkin_id),
            *(typed("marketo_form_id", number) for number in settings.forms),
            typed("marketo_server_id", self.url),
            ticked("marketo_form_elsewhere"),
        )
        return [Destination("marketo", over_rest), Destination("marketo_form", by_form)]

    def conceals(self, header: str) -> bool:
        return header.lower() in _CREDENTIAL_HEADERS

    def _save(self, settings: Settings) -> None:
        self.journal.save_setting(self.name, settings.stored())
        self._settings = settings

    def _count_anew(self) -> None:
        self._quota = Quota()
        self._posts = Window()
        self._counted: Counter[str] = Counter()

    def _play(self, request: Request) -> tuple[Answer, Note]:
        with self._lock:
            self._counted[request.path] += 1
        if len(request.body) > self._settings.limits.body:
            raise TurnedAway("too_large", html_page(413, "Request Entity Too Large"))
        if request.path == IDENTITY:
            with self._lock:
                return answer_identity(request, self._tokens, self._settings, self.clock.now()), Note()
        if request.path.startswith("/rest/"):
            return self._play_rest(request)
        return self._play_form(request)

    def _play_rest(self, request: Request) -> tuple[Answer, Note]:
        settings = self._settings
        call = self._admit(request, settings)
        planned = self._take_planned(request)
        if planned and not planned.kept:
            raise planned_error(planned)
        route = route_of(request, settings)
        played = self._carry_out(route, Turn(request, settings, call, self._people))
        if planned:
            raise planned_error(planned)
        return success(played), note_of(played)

    def _carry_out(self, route: Route, turn: Turn) -> Played:
        if route.writes:
            self.faults.pause(turn.settings.race_window)
        with self.journal.transaction():
            return route.play(turn)

    def _admit(self, request: Request, settings: Settings) -> Call:
        """Lets a call in that has a good token, while the limits allow it."""
        with self._lock:
            now = self.clock.now()
            problem = self._tokens.problem(token_of(request), now)
            if problem:
                raise Refused("token", reason(problem))
            call = self._calls.begin(settings.limits.at_once)
            if call is None:
                raise Refused("at_once", reason("615"))
            self._quota.admit(settings.limits, now)
        return call

    def _take_planned(self, request: Request) -> Planned | None:
        """Uses up one turn of the first planned error that matches."""
        with self._lock:
            waiting = list(self._settings.planned_errors)
            for place, planned in enumerate(waiting):
                if planned.path in request.path:
                    waiting[place : place + 1] = planned.left()
                    self._save(replace(self._settings, planned_errors=tuple(waiting)))
                    return planned
        return None

    def _play_form(self, request: Request) -> tuple[Answer, Note]:
        settings = self._settings
        check_handler(request)
        if request.path == GET_FORM:
            return show_form(request, settings), Note()
        self._admit_post(settings)
        with self.journal.transaction():
            return take_post(request, self._people, settings)

    def _admit_post(self, settings: Settings) -> None:
        with self._lock:
            now = self.clock.now()
            if self._posts.count(now, MINUTE) >= settings.limits.form_posts:
                raise TurnedAway("rate", TOO_MANY_POSTS)
            self._posts.add(now)


def planned_error(planned: Planned) -> Refused:
    return Refused("planned", *(reason(code) for code in planned.codes))


def note_of(played: Played) -> Note:
    """What became of the records, and which they were."""
    notes = [_note_of(outcome) for outcome in played.outcomes]
    statuses = {outcome.status for outcome in played.outcomes}
    findings = {"arrival": statuses.pop() if len(statuses) == 1 else "mixed"} if statuses else {}
    codes = [note.findings["code"] for note in notes if "code" in note.findings]
    return replace(together(notes), findings={**findings, **({"code": codes[0]} if codes else {})})


def _note_of(outcome: Outcome) -> Note:
    code = {"code": outcome.reason.code} if outcome.reason else {}
    key = None if outcome.person is None else str(outcome.person)
    return Note(PEOPLE, key, findings={"arrival": outcome.status, **code})
