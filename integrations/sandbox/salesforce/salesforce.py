"""One Salesforce organisation: token endpoint, REST API, Web-to-Lead and the pages of its leads."""

import threading
from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from integrations.sandbox.arrivals import Note
from integrations.sandbox.entering import Destination, ticked, typed
from integrations.sandbox.inputs import Fields
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.page import PRESETS
from integrations.sandbox.rendering import Entrance
from integrations.sandbox.salesforce.batches import Batches
from integrations.sandbox.salesforce.errors import ApiError
from integrations.sandbox.salesforce.lead_page import PATH, lead_page
from integrations.sandbox.salesforce.leads import LEADS, Leads
from integrations.sandbox.salesforce.login import TOKEN, TOKENS, Login
from integrations.sandbox.salesforce.merging import merged
from integrations.sandbox.salesforce.rest import LANE, ROOT, Meters, RestApi
from integrations.sandbox.salesforce.sessions import Sessions
from integrations.sandbox.salesforce.settings import DAY, Settings
from integrations.sandbox.salesforce.usage import Underway, Window
from integrations.sandbox.salesforce.web_to_lead import FORMS, SERVLET, WebToLead
from integrations.sandbox.simulator import Place, Simulator

MAINTENANCE = "<html><head><title>Maintenance</title></head><body><h1>We are down for maintenance.</h1></body></html>"
BUSY = "<html><head><title>Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"
NO_PAGE = "<html><head><title>URL No Longer Exists</title></head><body>URL No Longer Exists</body></html>"
QUOTA_USED = '[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'
CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "cookie"}
JSON_KIND = {"Content-Type": "application/json"}


class Salesforce(Simulator):
    """Settings by `POST /_control/config`: the fields of `Settings`.

    Collections: `leads` holds the leads by their ids of 18 characters, `forms` what came by Web-to-Lead.
    `GET /_control/requests?collection=` counts also `tokens`, `describe`, `queries` and `limits`.
    """

    name = "salesforce"
    beside = frozenset({FORMS})
    presets: ClassVar[Mapping[str, dict[str, Any]]] = {
        "refuse_twice": PRESETS["refuse_twice"],
        "throttle": {
            "action": "respond",
            "status": 403,
            "headers": JSON_KIND,
            "body": QUOTA_USED,
            "match": {"path": ROOT},
        },
        "lose_answer": {"action": "commit_then_drop", "match": {"path": ROOT}},
        # What is reached answers a form with 200: only what stands in front of it can turn one away.
        "throttle_form": {
            "action": "respond",
            "status": 503,
            "headers": {"Retry-After": "5", "Content-Type": "text/html; charset=utf-8"},
            "body": BUSY,
            "match": {"path": SERVLET},
        },
        "lose_form_answer": {"action": "commit_then_drop", "match": {"path": SERVLET}},
        "outage": PRESETS["outage"],
    }

    def __init__(self, **place: Unpack[Place]) -> None:
        super().__init__(**place)
        self._lock = threading.Lock()
        self._underway = Underway(self.clock)
        self.traffic = self._underway
        self._settings = merged(Settings(), Fields(self.journal.setting(self.name) or {}))
        self._described_at = self.clock.now()
        self._calls, self._logins = Window(self.clock, DAY), Window(self.clock, 3600)
        self._sessions = Sessions(self.clock, self._present)
        self._leads = Leads(self.records, self.clock, self._present)
        meters = Meters(self._calls, self._underway, lambda: self._described_at)
        batches = Batches(self.journal, self._leads)
        self._rest = RestApi(self._present, self._sessions, self._leads, batches, meters)
        self._login = Login(self.clock, self._present, self._sessions, self._logins, lambda: self.url)
        self._forms = WebToLead(self.records, self.journal, self.clock, self._leads, self._present)

    def start(self) -> None:
        self._forms.start()
        super().start()

    def stop(self) -> None:
        self._forms.stop()
        super().stop()

    def examine(self, request: Request) -> Note:
        if request.path == TOKEN:
            return Note(TOKENS)
        return self._forms.examine(request) if request.path == SERVLET else self._rest.examine(request)

    def answer(self, request: Request) -> tuple[Answer, Note]:
        if self._settings.org.maintenance:
            return Answer.html(503, MAINTENANCE), self.examine(request)
        if request.path == TOKEN:
            return self._login.respond(request)
        if request.path == SERVLET:
            return self._forms.respond(request)
        if request.path == ROOT or request.path.startswith(f"{ROOT}/"):
            return self._rest.respond(request)
        return self._show(request)

    def configure(self, content: object) -> None:
        with self._lock:
            self._save(merged(self._settings, Fields(content)))

    def settings(self) -> dict[str, Any]:
        return self._settings.hidden()

    def forget_settings(self) -> None:
        with self._lock:
            self._save(Settings())

    def forget(self) -> None:
        with self.journal.transaction():
            super().forget()
            self._forms.forget()
        self._sessions.close_all()
        self._calls.clear()
        self._logins.clear()

    def revoke_tokens(self) -> None:
        self._sessions.close_all()

    def lane(self, request: Request) -> str:
        return LANE if request.path.startswith(ROOT) else ""

    def entrances(self) -> list[Entrance]:
        return [Entrance(ROOT, LEADS, ("entrance.token",)), Entrance(SERVLET, None, ("entrance.form",))]

    def conceals(self, header: str) -> bool:
        return header.lower() in CREDENTIAL_HEADERS

    def destinations(self) -> list[Destination]:
        settings = self._settings
        keys = [name for name, field in settings.fields.items() if field.external_id]
        ids = [field.form_name for field in settings.fields.values() if field.form_name.startswith("00N")]
        over_rest = (
            typed("salesforce_my_domain", self.url),
            typed("salesforce_consumer_key", settings.app.consumer_key),
            typed("salesforce_consumer_secret", settings.app.consumer_secret),
            *[typed("salesforce_external_id", name) for name in keys[:1]],
            typed("salesforce_api_version", f"{settings.versions.highest - 1}.0"),
            ticked("salesforce_elsewhere"),
        )
        by_form = (
            typed("salesforce_oid", settings.org.id),
            *[typed("salesforce_form_field", one) for one in ids[-1:]],
            ticked("salesforce_form_elsewhere"),
            typed("salesforce_form_host", self.url),
        )
        return [Destination("salesforce", over_rest), Destination("salesforce_web_to_lead", by_form)]

    def _present(self) -> Settings:
        return self._settings

    def _save(self, settings: Settings) -> None:
        self.journal.save_setting(self.name, settings.as_json())
        self._settings = settings
        # Never the same second twice: who asks whether the fields changed since asks in seconds.
        self._described_at = max(self.clock.now(), self._described_at + 1)

    def _show(self, request: Request) -> tuple[Answer, Note]:
        found = PATH.fullmatch(request.path)
        try:
            if found and request.method in {"GET", "HEAD"}:
                return lead_page(self._leads.by_id(found[1])), Note()
        except ApiError:
            pass
        return Answer.html(404, NO_PAGE), Note(findings={"refused": "path"})
