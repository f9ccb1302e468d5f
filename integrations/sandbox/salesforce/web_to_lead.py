"""Web-to-Lead: a form anybody may post, answered 200 whatever becomes of it, and worked on later."""

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from integrations.sandbox.arrivals import ACCEPTED, DROPPED, Note
from integrations.sandbox.clock import Clock
from integrations.sandbox.journal import Journal
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.records import Records
from integrations.sandbox.salesforce.errors import ApiError
from integrations.sandbox.salesforce.lead_fields import LeadField
from integrations.sandbox.salesforce.leads import Leads
from integrations.sandbox.salesforce.settings import DAY, Settings
from integrations.sandbox.salesforce.usage import Window

SERVLET = "/servlet/servlet.WebToLead"
FORMS = "forms"
QUEUED = "queued"
PROBLEM = "true Exception:common.exception.SalesforceGenericException"
NEEDED = ("LastName", "Company")  # missed at once; other required fields only when the form is worked on
ENCODINGS = {"utf-8", "iso-8859-1", "windows-1252", "shift_jis", "euc-kr", "gb2312", "big5"}
PAUSE = 0.02  # seconds between two looks at the queue

Form = dict[str, str]


@dataclass(frozen=True)
class Waiting:
    """A form in the queue, due at a time of the simulator's clock."""

    due_at: float
    key: str


class WebToLead:
    """Forms are records of their own, with the state they are in: queued, accepted or dropped. No two are compared."""

    def __init__(
        self,
        records: Records,
        journal: Journal,
        clock: Clock,
        leads: Leads,
        settings: Callable[[], Settings],
    ) -> None:
        self._records = records
        self._journal = journal
        self._clock = clock
        self._leads = leads
        self._settings = settings
        self._accepted = Window(clock, DAY)
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._restore()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join()

    def forget(self) -> None:
        """Belongs inside a transaction of the journal."""
        self._queue.clear()
        self._accepted.clear()

    def examine(self, request: Request) -> Note:
        form = read_form(request)
        name = " ".join(part for part in (form.get("first_name"), form.get("last_name")) if part)
        return Note(FORMS, person=name, email=form.get("email", ""))

    def respond(self, request: Request) -> tuple[Answer, Note]:
        note = self.examine(request)
        if request.method != "POST":
            return Answer.html(200, ""), note
        form, answers = read_form(request), self._settings().web_to_lead.answers
        problem = self._problem(request, form)
        told = problem is not None and answers == "processed"
        header = {} if answers == "no_header" else {"Is-Processed": PROBLEM if told else "true"}
        finding = {"refused": problem} if problem else {"form": QUEUED}
        key = None if told else self._keep(form, problem)
        return Answer.html(200, _onwards(form), header), Note(FORMS, key, note.person, note.email, finding)

    def _problem(self, request: Request, form: Form) -> str | None:
        """What keeps the form from being taken at all."""
        settings = self._settings()
        if not settings.web_to_lead.enabled:
            return "form_off"
        if form.get("oid") != settings.org.id:
            return "organisation"
        if settings.web_to_lead.org_id_needed and request.query.get("orgId") != settings.org.id:
            return "organisation"
        fields = settings.lead_fields
        missed = [name for name in NEEDED if name in fields and fields[name].required]
        return "form_field" if not all(form.get(fields[name].form_name, "").strip() for name in missed) else None

    def _keep(self, form: Form, problem: str | None) -> str:
        """Puts the form into the queue, or drops it in silence."""
        settings = self._settings().web_to_lead
        key, now = str(uuid.uuid4()), self._clock.now()
        surplus = self._accepted.count() + len(self._queue) - settings.daily_limit
        reason = problem or ("daily_limit" if surplus >= 0 else "")
        dropped = problem is not None or surplus >= settings.queue_limit
        waiting = Waiting(now + settings.delay, key)
        state = DROPPED if dropped else QUEUED
        content = {"state": state, "reason": reason, "lead": None, "due_at": waiting.due_at, "form": form}
        self._records.create(FORMS, key, content)
        if not dropped:
            self._queue.append(waiting)
            self._changed.set()
        return key

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait()
            self._changed.clear()
            while self._queue and not self._stopping.wait(PAUSE):
                while self._finish_next():
                    pass

    def _finish_next(self) -> bool:
        """Works on the form that waits longest; False when none is due or the day's leads are made."""
        with self._journal.transaction():
            if not self._queue or self._queue[0].due_at > self._clock.now():
                return False
            if self._accepted.count() >= self._settings().web_to_lead.daily_limit:
                return False
            self._finish(self._queue.popleft().key)
        return True

    def _finish(self, key: str) -> None:
        record = self._records.get(FORMS, key)
        if record is None:
            return
        now, (lead, reason) = self._clock.now(), self._make(record.fields["form"])
        state = ACCEPTED if lead else DROPPED
        self._records.change(record, {"state": state, "reason": reason, "lead": lead, "finished_at": now}, state)
        if lead:
            self._accepted.add(now)

    def _make(self, form: Form) -> tuple[str | None, str]:
        """The id of the lead, or the reason why there is none."""
        settings = self._settings()
        if settings.web_to_lead.recaptcha:
            return None, "recaptcha"
        try:
            return self._leads.add(lead_values(form, settings), allow_save=True).id, ""
        except ApiError as refused:
            return None, refused.slug

    def _restore(self) -> None:
        """What the records say of forms that came before a restart."""
        found = self._records.find(FORMS, "state", QUEUED)
        self._queue.extend(Waiting(record.fields["due_at"], record.key) for record in found)
        times = [record.fields["finished_at"] for record in self._records.find(FORMS, "state", ACCEPTED)]
        if times:
            self._accepted.add(*sorted(times))
        if self._queue:
            self._changed.set()


def read_form(request: Request) -> Form:
    """The fields of the form, in the encoding it names; the first of several of one name."""
    kind, _, parameters = (request.header("content-type") or "").partition(";")
    if kind.strip().lower() != "application/x-www-form-urlencoded":
        return {}
    text = request.body.decode("ascii", "replace")
    charset = parameters.strip().lower().removeprefix("charset=")
    try:
        named = dict(parse_qsl(text, max_num_fields=200)).get("encoding") or request.query.get("encoding") or charset
        encoding = named.lower() if named.lower() in ENCODINGS else "iso-8859-1"
        pairs = parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="replace", max_num_fields=200)
    except ValueError:
        return {}
    form: Form = {}
    for name, value in pairs:
        form.setdefault(name, value)
    return form


def lead_values(form: Form, settings: Settings) -> dict[str, Any]:
    """The lead that a form describes; names that no field goes by are passed over."""
    return {
        name: _as_value(form[field.form_name], field)
        for name, field in settings.lead_fields.items()
        if field.form_name in form and field.visible and field.createable
    }


def _as_value(text: str, field: LeadField) -> Any:
    if field.type == "boolean":
        return text.strip().lower() in {"1", "true", "on"}
    if not field.is_number or not text.strip():
        return None if field.is_number else text
    try:
        return float(text)
    except ValueError:
        return text


def _onwards(form: Form) -> str:
    """The page that sends a browser where the form wants it to go."""
    target = escape(form.get("retURL", ""))
    return f'<html><head><meta http-equiv="Refresh" content="0; URL={target}"></head></html>' if target else ""
