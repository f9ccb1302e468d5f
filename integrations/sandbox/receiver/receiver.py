"""The receiver itself: checks a request, keeps each message once, answers."""

import hashlib
import re
import threading
import uuid
from dataclasses import replace
from typing import Any, Unpack

from integrations.sandbox.arrivals import Note
from integrations.sandbox.entering import Destination
from integrations.sandbox.inputs import Fields
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.receiver.body import Body, read_body
from integrations.sandbox.receiver.demands import destination_for
from integrations.sandbox.receiver.refusal import Refused
from integrations.sandbox.receiver.settings import CONFLICT, Settings
from integrations.sandbox.receiver.signature import Verdict, check_signature
from integrations.sandbox.rendering import Entrance
from integrations.sandbox.simulator import Place, Simulator

_NAME = re.compile("[A-Za-z0-9_-]{0,64}")
_PATH = re.compile("/hook(?:/([A-Za-z0-9_-]{1,64}))?")
_MESSAGE_ID = re.compile("[!-\\-/-~]{1,128}")  # visible ASCII without the dot, which separates the signed parts
_CHALLENGES = {"bearer": {"WWW-Authenticate": "Bearer"}, "basic": {"WWW-Authenticate": 'Basic realm="sandbox"'}}
_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "cookie"}


class Receiver(Simulator):
    """Keeps what arrives at `/hook` and `/hook/<name>`, once for each `webhook-id`.

    Settings by `POST /_control/config`: the fields of `Settings`, and `receiver` with the name ("" for `/hook`).
    """

    name = "receiver"

    def __init__(self, **place: Unpack[Place]) -> None:
        super().__init__(**place)
        self._lock = threading.Lock()
        saved = self.journal.setting(self.name) or {}
        self._settings = {receiver: Settings().merged(Fields(content)) for receiver, content in saved.items()}

    def hook(self, receiver: str = "") -> str:
        """The URL to post to."""
        return f"{self.url}{_path_of(receiver)}"

    def examine(self, request: Request) -> Note:
        return self._look(request)[0]

    def answer(self, request: Request) -> tuple[Answer, Note]:
        note, found = self._look(request)
        if isinstance(found, Refused):
            return found.answer, note
        return self._keep(request, found, note)

    def configure(self, content: object) -> None:
        fields = Fields(content)
        receiver = fields.text("receiver", "")
        if not _NAME.fullmatch(receiver):
            raise fields.bad("receiver", "name")
        with self._lock:
            merged = self.settings_of(receiver).merged(fields)
            self._save({**self._settings, receiver: merged})

    def settings(self) -> dict[str, Any]:
        return {
            "receivers": {name: settings.hidden() for name, settings in ({"": Settings()} | self._settings).items()}
        }

    def settings_of(self, receiver: str) -> Settings:
        return self._settings.get(receiver, Settings())

    def forget_settings(self) -> None:
        with self._lock:
            self._save({})

    def entrances(self) -> list[Entrance]:
        names = sorted({"", *self._settings, *self.records.counts()})
        return [Entrance(_path_of(name), name, self.settings_of(name).marks()) for name in names]

    def destinations(self) -> list[Destination]:
        names = sorted({"", *self._settings})
        return [destination_for(self.hook(name), self.settings_of(name)) for name in names]

    def conceals(self, header: str) -> bool:
        demanded = {name.lower() for settings in self._settings.values() for name, _ in settings.headers}
        return header.lower() in _CREDENTIAL_HEADERS | demanded

    def _save(self, settings: dict[str, Settings]) -> None:
        self.journal.save_setting(self.name, {name: one.as_json() for name, one in settings.items()})
        self._settings = settings

    def _look(self, request: Request) -> tuple[Note, Body | Refused]:
        """What is in the request: for the log, and its body or why it is refused."""
        try:
            receiver = _receiver_of(request)
        except Refused as refused:
            return Note(findings={"refused": refused.problem}), refused
        settings = self.settings_of(receiver)
        verdict = check_signature(request, settings.secrets, self.clock.now(), settings.tolerance)
        body = _body_of(request)
        found = _refusal(request, settings, verdict) or body
        return _note(request, receiver, verdict, body, found), found

    def _keep(self, request: Request, body: Body, note: Note) -> tuple[Answer, Note]:
        """Makes a record of a new message; counts a known one."""
        settings = self.settings_of(note.collection or "")
        digest = hashlib.sha256(request.body).hexdigest()
        key = note.key or str(uuid.uuid4())
        status, event = settings.success_status, "new" if note.key else "unkeyed"
        with self.journal.transaction():
            known = self.records.get(note.collection or "", key)
            if known is None:
                fields = {"shape": body.shape, "signature": note.findings["signature"], "sha256": digest}
                self.records.create(note.collection or "", key, {**fields, "body": body.content})
            else:
                event = "repeated" if known.fields["sha256"] == digest else "changed"
                status = 409 if settings.on_repeat == CONFLICT else status
                self.records.append(known, event)
        return Answer.json(status, {"id": key}), replace(note, key=key, findings={**note.findings, "arrival": event})


def _path_of(receiver: str) -> str:
    return f"/hook/{receiver}" if receiver else "/hook"


def _receiver_of(request: Request) -> str:
    place = _PATH.fullmatch(request.path)
    if place is None:
        raise Refused("path", 404)
    if request.method != "POST":
        raise Refused("method", 405, {"Allow": "POST"})
    return place[1] or ""


def _body_of(request: Request) -> Body | Refused:
    try:
        return read_body(request.body, request.header("content-type"))
    except Refused as refused:
        return refused


def _refusal(request: Request, settings: Settings, verdict: Verdict) -> Refused | None:
    """What is wrong with the request apart from its body."""
    message_id = request.header("webhook-id")
    if message_id is not None and not _MESSAGE_ID.fullmatch(message_id):
        return Refused("message_id")
    if demand := settings.unmet(request):
        return Refused(demand, 401, _CHALLENGES.get(demand))
    if settings.secrets and settings.require_signature and verdict is not Verdict.VALID:
        return Refused("signature", 401)
    return None


def _note(request: Request, receiver: str, verdict: Verdict, body: Body | Refused, found: Body | Refused) -> Note:
    message_id = request.header("webhook-id")
    key = message_id if message_id and _MESSAGE_ID.fullmatch(message_id) else None
    findings: dict[str, str] = {"signature": verdict}
    if isinstance(found, Refused):
        findings["refused"] = found.problem
    if isinstance(body, Refused):
        return Note(receiver, key, findings=findings)
    return Note(receiver, key, body.person, body.email, {**findings, "shape": body.shape})
