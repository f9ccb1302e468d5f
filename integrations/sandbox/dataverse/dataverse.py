"""The simulator: the directory, the Web API and the pages of the environment on one port."""

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Unpack

from integrations.sandbox.arrivals import Note
from integrations.sandbox.dataverse import directory
from integrations.sandbox.dataverse.directory import Directory
from integrations.sandbox.dataverse.environment import API, Environment
from integrations.sandbox.dataverse.errors import ApiError
from integrations.sandbox.dataverse.leads import COLLECTION, Leads
from integrations.sandbox.dataverse.notes import note_of
from integrations.sandbox.dataverse.outcome import JSON, Outcome
from integrations.sandbox.dataverse.record_page import PATH as PAGE
from integrations.sandbox.dataverse.record_page import lead_of, record_page
from integrations.sandbox.dataverse.settings import USER_ID, Settings
from integrations.sandbox.dataverse.token_refusal import TokenRefused
from integrations.sandbox.dataverse.tokens import IssuedTokens
from integrations.sandbox.dataverse.unauthorized import unauthorized
from integrations.sandbox.dataverse.web_api import WebApi, family_of, resource_of
from integrations.sandbox.entering import Destination, chosen, ticked, typed
from integrations.sandbox.inputs import Fields
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.page import PRESETS
from integrations.sandbox.rendering import Entrance
from integrations.sandbox.simulator import Place, Simulator

TOKEN = "token"  # noqa: S105 - how the log calls requests for one
NOT_FOUND = "<!doctype html><title>404 - File or directory not found.</title><h1>Server Error</h1>\n"
THROTTLED: dict[str, Any] = {
    "action": "respond",
    "status": 429,
    "headers": {"Retry-After": "5", "Content-Type": JSON},
    "body": json.dumps(
        {"error": {"code": "0x80072326", "message": "Number of concurrent requests exceeded the limit of 52."}}
    ),
    "match": {"path": API},
}

_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "cookie"}


class Dataverse(Simulator):
    """Takes leads at `/api/data/v9.2/`, for tokens from `/{tenant}/oauth2/v2.0/token`.

    Settings by `POST /_control/config`: the fields of `Settings`.
    """

    name = "dataverse"
    presets: ClassVar[Mapping[str, dict[str, Any]]] = {**PRESETS, "throttle": THROTTLED}

    def __init__(self, **place: Unpack[Place]) -> None:
        super().__init__(**place)
        self._lock = threading.Lock()
        self._settings = Settings().merged(Fields(self.journal.setting(self.name) or {}))
        self._tokens = IssuedTokens()
        self._directory = Directory(self._tokens, self.url)
        self._api = WebApi()
        self._leads = Leads(self.journal, self.records)

    def examine(self, request: Request) -> Note:
        if directory.PATH.fullmatch(request.path):
            return Note(TOKEN)
        if request.path == PAGE:
            return Note(COLLECTION, lead_of(request))
        resource = resource_of(request.path)
        family = family_of(resource) if resource is not None else None
        return note_of(request, resource or "", family)

    def answer(self, request: Request) -> tuple[Answer, Note]:
        note = self.examine(request)
        if directory.PATH.fullmatch(request.path):
            return self._issue(request, note)
        if request.path == PAGE:
            return record_page(request, self.records, COLLECTION), note
        if resource_of(request.path) is None:
            return Answer.html(404, NOT_FOUND), replace(note, findings={"refused": "path"})
        return self._call(request, note)

    def lane(self, request: Request) -> str:
        """The user whose calls are counted together."""
        return USER_ID if self._is_known(request) else ""

    def configure(self, content: object) -> None:
        with self._lock:
            self._save(self._settings.merged(Fields(content)))

    def settings(self) -> dict[str, Any]:
        return self._settings.hidden()

    def forget_settings(self) -> None:
        with self._lock:
            self._save(Settings())

    def forget(self) -> None:
        super().forget()
        self._tokens.revoke()
        self._api.protection.reset()

    def revoke_tokens(self) -> None:
        self._tokens.revoke()

    def entrances(self) -> list[Entrance]:
        return [
            Entrance(f"{API}/leads", COLLECTION, ()),
            Entrance(f"{API}/$batch", None, ()),
            Entrance(f"/{self._settings.tenant_id}/oauth2/v2.0/token", None, ()),
        ]

    def destinations(self) -> list[Destination]:
        entries = (
            typed("dataverse_environment", self.url),
            typed("dataverse_tenant", self._settings.tenant_id),
            typed("dataverse_client", self._settings.client_id),
            chosen("dataverse_sign_in", "dataverse_secret"),
            typed("dataverse_secret", self._settings.client_secret),
            ticked("unusual_host"),
            typed("dataverse_authority", self.url),
        )
        return [Destination("dynamics365", entries)]

    def conceals(self, header: str) -> bool:
        return header.lower() in _CREDENTIAL_HEADERS

    def _save(self, settings: Settings) -> None:
        self.journal.save_setting(self.name, settings.as_json())
        self._settings = settings

    def _issue(self, request: Request, note: Note) -> tuple[Answer, Note]:
        try:
            return self._directory.respond(request, self._settings, self.clock.now()), note
        except TokenRefused as refused:
            return refused.answer(self.clock.now()), replace(note, findings={"refused": refused.slug})

    def _is_known(self, request: Request) -> bool:
        """Whether the request bears a token for this environment that is still good."""
        scheme, _, text = (request.header("authorization") or "").partition(" ")
        token = self._tokens.holder(text.strip(), self.clock.now()) if scheme.lower() == "bearer" else None
        return token is not None and token.audience == self.url

    def _call(self, request: Request, note: Note) -> tuple[Answer, Note]:
        settings = self._settings
        if not self._is_known(request):
            return unauthorized(settings, self.url), replace(note, findings={"refused": "token"})
        environment = Environment(self.url, settings, self._leads, self.clock.now())
        try:
            outcome = self._api.respond(environment, request, self.traffic.current(USER_ID))
        except ApiError as error:
            findings = {"arrival": "repeated"} if error.slug == "exists" else {"refused": error.slug}
            return self._signed(error.answer(request)), replace(note, key=error.key or note.key, findings=findings)
        return self._signed(outcome.answer), _told(note, outcome)

    def _signed(self, answer: Answer) -> Answer:
        """The answer with the headers every answer of the service has."""
        headers = (
            ("OData-Version", "4.0"),
            ("x-ms-service-request-id", str(uuid.uuid4())),
            ("REQ_ID", str(uuid.uuid4())),
            *self._api.protection.remaining(self._settings.limits),
        )
        return replace(answer, headers=(*answer.headers, *headers))


def _told(note: Note, outcome: Outcome) -> Note:
    findings = {"arrival": outcome.arrival} if outcome.arrival else {}
    return replace(note, key=outcome.key or note.key, findings=findings)
