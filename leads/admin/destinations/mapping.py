"""A destination's field mapping: edit it, and see what it would send for a lead before saving it."""

import json
from collections.abc import Iterator, Sequence
from copy import copy
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import notes
from integrations.contract import Exchange, Preview
from integrations.diagnosis import diagnose
from integrations.mapping import NEUTRAL_FIELDS, FieldMap, Rule
from integrations.registry import KINDS
from leads.admin import personal
from leads.admin.conflicts import FIELD, Loaded, conflict
from leads.admin.destinations.mapping_form import RuleForms, forms_for
from leads.delivery.connecting import CannotConnect, field_map_of, open_connector
from leads.delivery.translating import record_from
from leads.models import Destination, Touch

if TYPE_CHECKING:
    from leads.admin.acting import ActingAdmin

    Base = ActingAdmin
else:
    Base = object

OFFERED_TOUCHES = 20


class Line(NamedTuple):
    """One line of two texts side by side."""

    saved: str
    edited: str
    differs: bool


class Trial(NamedTuple):
    """What would be sent for a touch by the saved mapping and by the edited one."""

    lines: list[Line]
    method: str
    url: str
    notes: list[str]
    refused: str


class MappingPages(Base):
    """The mapping's page on the destination's admin."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.mapping_view)
        return [path("<path:object_id>/mapping/", view, name="leads_destination_mapping"), *super().get_urls()]

    def mapping_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        destination: Destination | None = self.get_object(request, unquote(object_id))
        if destination is None:
            return self._missing(request, object_id)
        may_try = request.user.has_perm("leads.operate_destination") and destination.kind in KINDS
        if not may_try and not self.has_change_permission(request, destination):
            raise PermissionDenied
        try:
            known = field_map_of(destination)
        except CannotConnect as error:
            self.say(request, False, diagnose(error.failure.cause).meaning)
            return self._back(request, destination)
        if known is None:
            self.say(request, False, _("What is sent there has a fixed form: there is nothing to map."))
            return self._back(request, destination)
        return self._mapping_page(request, destination, known)

    def _mapping_page(self, request: HttpRequest, destination: Destination, known: FieldMap) -> HttpResponse:
        asked = _asked(request)
        if asked not in (None, "try") and not self.has_change_permission(request, destination):
            raise PermissionDenied
        rows = forms_for(known, request.POST if asked else None)
        doubts, trial = rows.explain(), None
        loaded, posted = Loaded.now(destination.mapping), request.POST.get(FIELD, "")
        problem = conflict(posted, loaded, destination) if asked in ("save", "default") else ""
        if asked == "default" and not problem:
            return self._keep(request, destination, None, _("The mapping is again the one this kind begins with."))
        if asked and rows.is_valid() and not problem:
            if asked == "save":
                return self._save(request, destination, rows, doubts)
            trial = self._try(request, destination, rows.rules(), doubts)
        context = self._context(request, destination, known, rows)
        context |= {"trial": trial, "conflict": problem, "loaded": posted if asked and not problem else loaded}
        return TemplateResponse(request, "leads/destination_mapping.html", context)

    def _save(
        self, request: HttpRequest, destination: Destination, rows: RuleForms, doubts: Sequence[str]
    ) -> HttpResponse:
        text = _("Saved. Waiting leads are sent by this mapping, too.")
        answer = self._keep(request, destination, [rule.as_json() for rule in rows.rules()], text)
        if number := len(doubts):
            text = ngettext(
                "%(count)d row has a warning: read it before leads go there.",
                "%(count)d rows have a warning: read them before leads go there.",
                number,
            )
            self.say(request, False, text % {"count": number})
        return answer

    def _keep(self, request: HttpRequest, destination: Destination, mapping: Any, text: str) -> HttpResponse:
        Destination.objects.filter(pk=destination.pk).update(mapping=mapping)
        self.log_change(request, destination, _("Field mapping changed."))
        self.say(request, True, text)
        return HttpResponseRedirect(reverse("admin:leads_destination_mapping", args=[destination.pk]))

    def _context(
        self, request: HttpRequest, destination: Destination, known: FieldMap, rows: RuleForms
    ) -> dict[str, Any]:
        filled = {rule.target for rule in known.rules}
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": destination,
            "title": _("Field mapping"),
            "media": self.media,
            "rows": rows,
            "known": known,
            "targets": [target for target in known.targets.values() if target.writable],
            "missing": [target for target in known.targets.values() if target.required and target.name not in filled],
            "neutral_fields": NEUTRAL_FIELDS.values(),
            "touches": touches_to_try(request),
            "chosen_touch": request.POST.get("touch", ""),
            "may_change": self.has_change_permission(request, destination),
        }

    def _try(
        self, request: HttpRequest, destination: Destination, rules: Sequence[Rule], doubts: Sequence[str]
    ) -> Trial | None:
        touch = _chosen(request)
        if touch is None:
            self.say(request, False, _("Lead to try it on: there is none yet. Post a sample lead first."))
            return None
        try:
            saved = _preview(destination, touch)
            tried = copy(destination)
            tried.mapping = [rule.as_json() for rule in rules]
            edited = _preview(tried, touch)
        except CannotConnect as error:
            self.say(request, False, diagnose(error.failure.cause).meaning)
            return None
        personal.shows(request, touch.lead)
        return trial_of(saved, edited, doubts)


def touches_to_try(request: HttpRequest) -> list[Touch]:
    """The newest; those that a privacy rule holds back only for who may see them."""
    touches = Touch.objects.select_related("lead").order_by("-id")
    if not request.user.has_perm("leads.view_private_lead"):
        touches = touches.filter(lead__is_private=False)
    return list(touches[:OFFERED_TOUCHES])


def _asked(request: HttpRequest) -> str | None:
    """A lead's own button tries the mapping on it."""
    return request.POST.get("do", "try") if request.method == "POST" else None


def _chosen(request: HttpRequest) -> Touch | None:
    offered = touches_to_try(request)
    wanted = request.POST.get("touch", "")
    return next((touch for touch in offered if str(touch.id) == wanted), offered[0] if offered else None)


def _preview(destination: Destination, touch: Touch) -> Preview:
    with open_connector(destination) as connector:
        return connector.preview(record_from(touch))


def trial_of(saved: Preview, edited: Preview, doubts: Sequence[str] = ()) -> Trial:
    """The bodies side by side, and what the edited mapping would have people know."""
    shown = edited.exchange or Exchange(method="", url="")
    refused = diagnose(edited.refused.cause, edited.refused.params) if edited.refused else None
    return Trial(
        lines=list(side_by_side(lines_of(saved.exchange), lines_of(edited.exchange))),
        method=shown.method,
        url=shown.url,
        notes=[*doubts, *(notes.sentence(note.code, note.params) for note in edited.notes)],
        refused=f"{refused.meaning} {refused.remedy}" if refused else "",
    )


def lines_of(exchange: Exchange | None) -> list[str]:
    """The body as lines that can be compared: JSON with one value a line, a form with one field a line."""
    body = exchange.request_body if exchange else ""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        pass
    if exchange and "urlencoded" in exchange.request_headers.get("Content-Type", ""):
        return [f"{name}: {value}" for name, value in parse_qsl(body, keep_blank_values=True)]
    return body.splitlines()


def side_by_side(saved: Sequence[str], edited: Sequence[str]) -> Iterator[Line]:
    for kind, start, end, other_start, other_end in SequenceMatcher(None, saved, edited, autojunk=False).get_opcodes():
        left, right = list(saved[start:end]), list(edited[other_start:other_end])
        for row in range(max(len(left), len(right))):
            yield Line(
                left[row] if row < len(left) else "", right[row] if row < len(right) else "", differs=kind != "equal"
            )
