"""What both services of the storage account have in common: Azurite answers, and is asked what is stored."""

import json
import threading
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any, ClassVar, Unpack

from integrations.sandbox.arrivals import Note, together
from integrations.sandbox.azure.account import NAME, Account
from integrations.sandbox.azure.azurite import Azurite
from integrations.sandbox.azure.relay import relay
from integrations.sandbox.azure.standby import OutOfService, Standby
from integrations.sandbox.entering import Destination, chosen, ticked, typed
from integrations.sandbox.inputs import Fields
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.page import PRESETS
from integrations.sandbox.rendering import Entrance
from integrations.sandbox.rendering.kept import person_in
from integrations.sandbox.simulator import Place, Simulator
from integrations.sandbox.texts import ENGLISH, say

_BUSY = {"x-ms-error-code": "ServerBusy"}
_READING = {"GET", "HEAD", "OPTIONS"}
_REPEATS = {"EntityAlreadyExists", "BlobAlreadyExists"}
_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "cookie", "x-ms-copy-source", "x-ms-encryption-key"}


@dataclass(frozen=True)
class Subject:
    """One thing a request is about: an entity of a table, a blob of a container; without `key` the whole of it.

    `content` is what the request says it holds.
    """

    collection: str
    key: str | None = None
    content: Mapping[str, Any] = field(default_factory=dict)


class Storage(Simulator):
    """One service of the account. Settings by `POST /_control/config`: `key`.

    What is stored is Azurite's; the records are a copy for the page and the control interface. What a request may have
    changed is read from Azurite before the request is answered.
    """

    one_at_a_time = False
    editable = False
    largest_body = 4 * 1024 * 1024  # a batch of the Table service; a block of the Blob service may be of this size too
    presets: ClassVar[Mapping[str, dict[str, Any]]] = {
        "refuse_twice": {**PRESETS["refuse_twice"], "headers": _BUSY},
        "throttle": {"action": "respond", "status": 503, "headers": {**_BUSY, "Retry-After": "5"}},
        "lose_answer": PRESETS["lose_answer"],
        "outage": {**PRESETS["outage"], "headers": _BUSY},
        "down": {"action": "drop_before", "times": None},
    }
    endpoint: ClassVar[str]  # its name in a connection string
    first: ClassVar[str]  # the table or container that people are told to use

    def __init__(self, **place: Unpack[Place]) -> None:
        super().__init__(**place)
        state = place.get("state")
        self._standby = Standby(state.with_suffix(".azurite") if state else None, self.records.forget)
        self._account = Account().merged(Fields(self.journal.setting(self.name) or {}))
        self._copying = threading.Lock()  # what is read last is written last

    @abstractmethod
    def subjects(self, request: Request) -> list[Subject]:
        """What the request is about, as far as it says so."""

    @abstractmethod
    def port_of(self, azurite: Azurite) -> int:
        """Where this service listens."""

    @abstractmethod
    def path_of(self, subject: Subject) -> str:
        """Where it is read."""

    @abstractmethod
    def fields_in(self, answer: Answer) -> dict[str, Any]:
        """What is stored, from the answer to reading it."""

    def examine(self, request: Request) -> Note:
        return _note(self.subjects(request))

    def answer(self, request: Request) -> tuple[Answer, Note]:
        subjects = self.subjects(request)
        note = _note(subjects)
        try:
            port = self.port_of(self._standby.running(self._account))
            answer = relay(request, port)
            findings = self._findings(request, answer, subjects, port)
        except OutOfService as problem:
            return _unavailable(problem.reason), replace(note, findings={"refused": "emulator"})
        except (OSError, HTTPException):
            return _unavailable("no_answer"), replace(note, findings={"refused": "emulator"})
        return answer, replace(note, findings=findings)

    def configure(self, content: object) -> None:
        self._open_with(self._account.merged(Fields(content)))

    def settings(self) -> dict[str, Any]:
        return self._account.hidden()

    def forget_settings(self) -> None:
        self._open_with(Account())

    def revoke_tokens(self) -> None:
        """The key is another one from now on."""
        self._open_with(Account.with_another_key())

    def forget(self) -> None:
        self._standby.end(empty=True)
        super().forget()

    def stop(self) -> None:
        super().stop()
        self._standby.end()

    def obstacle(self) -> str:
        reason = self._standby.obstacle()
        return reason and f"storage.{reason}"

    def entrances(self) -> list[Entrance]:
        names = dict.fromkeys((self.first, *self.records.counts()))
        return [Entrance(f"/{NAME}/{name}", name, ("entrance.storage",)) for name in names]

    def destinations(self) -> list[Destination]:
        entries = (
            chosen("storage_sign_in", "storage_connection"),
            typed("storage_connection", self._account.connection_string(self.endpoint, self.url)),
            typed(f"{self.name}_name", self.first),
            ticked(f"{self.name}_made"),
            ticked("unusual_host"),
        )
        return [Destination(self.name, entries)]

    def conceals(self, header: str) -> bool:
        return header.lower() in _CREDENTIAL_HEADERS

    def _open_with(self, account: Account) -> None:
        if account == self._account:
            return
        self.journal.save_setting(self.name, account.stored())
        self._account = account
        self._standby.end()  # it reads keys when it starts
        if self._standby.forgets:
            self.records.forget()

    def _findings(self, request: Request, answer: Answer, subjects: Sequence[Subject], port: int) -> dict[str, str]:
        code = self.refusal_in(answer)
        if code in _REPEATS and len(subjects) == 1:
            self._note_repeat(subjects[0])
            return {"arrival": "repeated"}
        if code:
            return {"refused": code}
        if request.method in _READING:
            return {}
        events = {self._copy(subject, port, removed=request.method == "DELETE") for subject in subjects} - {""}
        return {"arrival": events.pop() if len(events) == 1 else "mixed"} if events else {}

    def refusal_in(self, answer: Answer) -> str:
        """The code of the refusal; empty when there was none."""
        if answer.status < 400:
            return ""
        return answer.header("x-ms-error-code") or str(answer.status)

    def _note_repeat(self, subject: Subject) -> None:
        known = subject.key and self.records.get(subject.collection, subject.key)
        if known:
            self.records.append(known, "repeated")

    def _copy(self, subject: Subject, port: int, *, removed: bool) -> str:
        """Brings the record up to date; says what happened to it, or nothing.

        Raises:
            OSError: Azurite does not let it be read.
        """
        if subject.key is None:
            if removed:
                self.records.forget(subject.collection)
            return "deleted" if removed else "created"
        with self._copying:
            return self._keep(subject.collection, subject.key, self._read(subject, port))

    def _read(self, subject: Subject, port: int) -> dict[str, Any] | None:
        reading = self._account.reading(self.endpoint[0].lower())  # the services are t and b there
        headers = (("Host", "127.0.0.1"), ("Accept", "application/json;odata=nometadata"))
        answer = relay(Request("GET", f"{self.path_of(subject)}?{reading}", headers), port)
        if answer.status not in {200, 404}:
            raise OSError(f"Azurite answered {answer.status}")
        return self.fields_in(answer) if answer.status == 200 else None

    def _keep(self, collection: str, key: str, fields: dict[str, Any] | None) -> str:
        with self.journal.transaction():
            known = self.records.get(collection, key)
            if fields is None:
                self.records.remove(collection, key)
                return "deleted" if known else ""
            if known is None:
                self.records.create(collection, key, fields)
                return "created"
            if known.fields == fields:
                return ""
            self.records.replace(known, fields)
            return "updated"


def json_object(text: bytes) -> dict[str, Any]:
    """Empty where it is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _note(subjects: Sequence[Subject]) -> Note:
    return together([Note(one.collection, one.key, *person_in(dict(one.content))) for one in subjects])


def _unavailable(reason: str) -> Answer:
    text = say(ENGLISH, f"storage.{reason}")
    return Answer(503, (("Content-Type", "text/plain; charset=utf-8"),), f"{text}\n".encode())
