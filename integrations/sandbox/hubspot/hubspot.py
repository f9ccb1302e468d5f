"""One HubSpot portal: who may call, which call it is, and what its contacts answer."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Unpack

from integrations.sandbox.arrivals import Note
from integrations.sandbox.entering import Destination, ticked, typed
from integrations.sandbox.hubspot import batch
from integrations.sandbox.hubspot.contacts import CONTACTS, SHOWN, Contacts, shown
from integrations.sandbox.hubspot.limits import Limiter
from integrations.sandbox.hubspot.notes import note_of, note_of_batch, note_of_record
from integrations.sandbox.hubspot.refusal import (
    Refused,
    expired,
    invalid,
    migrating,
    missing_scopes,
    not_authenticated,
    not_found,
)
from integrations.sandbox.hubspot.routes import Route, content_of, properties_of, route_of
from integrations.sandbox.hubspot.search import exact_values, search
from integrations.sandbox.hubspot.search_index import SearchIndex
from integrations.sandbox.hubspot.settings import WRITE, Settings, Token
from integrations.sandbox.inputs import Fields
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.page import PRESETS
from integrations.sandbox.records import Record
from integrations.sandbox.rendering import Entrance
from integrations.sandbox.simulator import Place, Simulator

THROTTLED = (
    '{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT",'
    '"correlationId":"5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5a","policyName":"TEN_SECONDLY_ROLLING",'
    '"requestId":"5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5b"}'
)
_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "cookie"}

Reply = tuple[int, Any, Note]


class HubSpot(Simulator):
    """Settings by `POST /_control/config`: the fields of `Settings`. Collection: `contacts`, by HubSpot's ids."""

    name = "hubspot"
    presets: ClassVar[Mapping[str, dict[str, Any]]] = {
        **PRESETS,
        "throttle": {
            "action": "respond",
            "status": 429,
            "headers": {"Content-Type": "application/json"},
            "body": THROTTLED,
        },
        "lose_answer": {"action": "commit_then_drop", "match": {"path": "/contacts"}},
    }

    def __init__(self, **place: Unpack[Place]) -> None:
        super().__init__(**place)
        self._settings = Settings.restored(self.journal.setting(self.name) or {})
        self._limiter = Limiter()
        self._index = SearchIndex()
        self._calls: Mapping[str, Callable[[Request, str], Reply]] = {
            "upsert": self._upsert,
            "search": self._search,
            "create": self._create,
            "read": self._read,
            "change": self._change,
            "archive": self._archive,
            "properties": self._list_properties,
            "one_property": self._show_property,
            "account": self._account,
        }

    def examine(self, request: Request) -> Note:
        try:
            route, _ = route_of(request)
            return note_of(json.loads(request.body)) if route.scopes == (WRITE,) else Note()
        except (Refused, ValueError, RecursionError):
            return Note()

    def answer(self, request: Request) -> tuple[Answer, Note]:
        correlation = str(uuid.uuid4())
        headers = {"X-HubSpot-Correlation-Id": correlation}
        try:
            if self._settings.migrating is not None:
                raise migrating(self._settings.migrating)
            route, part = route_of(request)
            name, token = self._caller(request)
            headers |= self._admit(route, name, token)
            if route.scopes and not set(route.scopes) & set(token.scopes):
                raise missing_scopes(route.scopes)
            status, content, note = self._calls[route.call](request, part)
        except Refused as refused:
            note = replace(self.examine(request), findings={"refused": refused.problem})
            return refused.answer(correlation, headers), note
        return Answer.json(status, content, headers), note

    def configure(self, content: object) -> None:
        with self.journal.transaction():
            self._save(self._settings.merged(Fields(content)))

    def settings(self) -> dict[str, Any]:
        return self._settings.hidden()

    def forget_settings(self) -> None:
        with self.journal.transaction():
            self._save(Settings())

    def forget(self) -> None:
        super().forget()
        self._limiter.reset()
        self._index.forget()

    def revoke_tokens(self) -> None:
        """As a private app's token is rotated: those there are stop working, and a new one takes the place of each."""
        with self.journal.transaction():
            valid = {name: token for name, token in self._settings.tokens.items() if not token.revoked}
            revoked = {name: replace(token, revoked=True) for name, token in self._settings.tokens.items()}
            fresh = {f"pat-na1-{uuid.uuid4()}": replace(token, expires_at=None) for token in valid.values()}
            self._save(replace(self._settings, tokens={**revoked, **fresh}))

    def entrances(self) -> list[Entrance]:
        path = "/crm/objects/2026-03/contacts"
        return [Entrance(f"{path}/batch/upsert", CONTACTS, ("entrance.bearer",))]

    def destinations(self) -> list[Destination]:
        valid = [name for name, token in self._settings.tokens.items() if not token.revoked]
        entries = (
            *(typed("hubspot_token", name) for name in valid),
            typed("hubspot_portal", str(self._settings.portal_id)),
            ticked("hubspot_elsewhere"),
            typed("hubspot_address", self.url),
        )
        return [Destination("hubspot", entries)]

    def conceals(self, header: str) -> bool:
        return header.lower() in _CREDENTIAL_HEADERS

    def _save(self, settings: Settings) -> None:
        self.journal.save_setting(self.name, settings.as_json())
        self._settings = settings

    def _caller(self, request: Request) -> tuple[str, Token]:
        scheme, _, name = (request.header("authorization") or "").partition(" ")
        token = self._settings.tokens.get(name)
        if scheme.lower() != "bearer" or token is None or token.revoked:
            raise not_authenticated()
        if token.expires_at is not None and self.clock.now() >= token.expires_at:
            raise expired(self.clock.now() - token.expires_at)
        return name, token

    def _admit(self, route: Route, name: str, token: Token) -> Mapping[str, str]:
        if route.call != "search":
            return self._limiter.admit(name, token, self._settings, self.clock.now())
        self._limiter.admit_search(self._settings, self.clock.now())
        return {}

    def _contacts(self) -> Contacts:
        return Contacts(self.records, self.journal, self._index, self._settings, self.clock.now())

    def _upsert(self, request: Request, part: str) -> Reply:
        contacts = self._contacts()
        inputs = batch.read_inputs(content_of(request), contacts)
        with self.journal.attempt():
            outcome = batch.upsert(inputs, contacts)
        status, answer = batch.answer(outcome, contacts)
        return status, answer, note_of_batch(outcome)

    def _create(self, request: Request, part: str) -> Reply:
        record = self._contacts().create(properties_of(content_of(request)))
        return 201, shown(record.fields), note_of_record(record, {"arrival": "new"})

    def _change(self, request: Request, part: str) -> Reply:
        contacts, content = self._contacts(), content_of(request)
        record = contacts.update(self._found(request, part), properties_of(content))
        return 200, shown(record.fields), note_of_record(record, {"arrival": "updated"})

    def _archive(self, request: Request, part: str) -> Reply:
        record = self._found(request, part)
        self._contacts().archive(record)
        return 204, None, note_of_record(record, {"arrival": "deleted"})

    def _read(self, request: Request, part: str) -> Reply:
        record = self._found(request, part)
        names = tuple(request.query.get("properties", "").split(",")) if "properties" in request.query else SHOWN
        return 200, shown(record.fields, names), note_of_record(record, {})

    def _found(self, request: Request, part: str) -> Record:
        """The contact that the path names, by its id or by the unique property in `idProperty`."""
        contacts, name = self._contacts(), request.query.get("idProperty")
        if name and not contacts.is_unique(name):
            raise invalid(f"Unable to find by non-unique 0-1 property {name}", "not_unique")
        record = contacts.by_value(name, part) if name else contacts.by_id(part)
        if record is None:
            raise not_found()
        return record

    def _search(self, request: Request, part: str) -> Reply:
        content = content_of(request)
        seen = self._index.seen(self._contacts().possible(exact_values(content)), self.clock.now())
        return 200, search(content, self._settings.properties, seen), Note(CONTACTS)

    def _list_properties(self, request: Request, part: str) -> Reply:
        listed = [one.listed(name) for name, one in self._settings.properties.items()]
        return 200, {"results": listed}, Note("properties")

    def _show_property(self, request: Request, part: str) -> Reply:
        if part not in self._settings.properties:
            raise not_found()
        return 200, self._settings.properties[part].listed(part), Note("properties")

    def _account(self, request: Request, part: str) -> Reply:
        settings = self._settings
        sign, minutes = "-" if settings.utc_offset < 0 else "+", abs(settings.utc_offset)
        account = {
            "portalId": settings.portal_id,
            "accountType": "STANDARD",
            "timeZone": settings.time_zone,
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{minutes // 60:02}:{minutes % 60:02}",
            "utcOffsetMilliseconds": settings.utc_offset * 60_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
        return 200, account, Note("account")
