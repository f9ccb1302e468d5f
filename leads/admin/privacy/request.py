"""Privacy: find a person, see what is kept, hand it out, erase it; and what people asked for, by when it is due."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin import personal
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.theme import themed
from leads.hints import after_commit
from leads.models import Chase, Lead, PrivacyRequest
from leads.models.privacy import RequestKind, RequestState, due_on
from leads.privacy import erasing, handing_out
from leads.privacy.erasing import NotOpen
from leads.privacy.files import FILES
from leads.privacy.people import Person, digest_of, find, person_of
from leads.privacy.places import MOST, PLACES
from leads.privacy.quoting import QUOTES
from leads.tasks import continue_erasing

PERMISSION = "leads.handle_personal_data"
MOST_SHOWN = 50
TONES = {
    RequestState.OPEN: "warn",
    RequestState.ERASING: "wait",
    RequestState.DONE: "good",
    RequestState.DECLINED: "mute",
}
PLACE_LABELS = {
    **{place.name: place.label for place in PLACES},
    **{place.name: place.label for place in QUOTES},
    **{place.name: place.label for place in FILES},
    "unread": gettext_lazy("Requests that could not be read"),
}


class NoteForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=RequestKind.choices)
    who_asked = forms.CharField(
        label=gettext_lazy("Who asked, and how"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example: themselves, by mail of 3 March. It is forgotten when the request ends."),
    )
    due_on = forms.DateField(label=gettext_lazy("Due"), widget=forms.DateInput(), initial=due_on)


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(CardAdmin):
    card_template = "leads/privacy_request.html"

    # --- who may ------------------------------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        parts = {"": self.person_view, "note/": self.note_view, "export/": self.export_view, "erase/": self.erase_view}
        guarded = self.admin_site.admin_view
        return [
            *(
                path(f"person/<uuid:lead_id>/{part}", guarded(view), name=f"leads_person{_named(part)}")
                for part, view in parts.items()
            ),
            path("<int:pk>/state/", guarded(self.state_view), name="leads_privacyrequest_state"),
            *super().get_urls(),
        ]

    # --- finding ------------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Who is looked for is posted: an address would stand in the logs of servers on the way."""
        self._demand(request)
        text = request.POST.get("who", "").strip()
        requests = self.get_queryset(request)
        context = {
            "title": _("Privacy"),
            "who": text,
            "found": [_found(request, lead) for lead in find(text)] if text else [],
            "erased": _erased_before(text) if text else None,
            "open": [_row(one) for one in requests.filter(state__in=_STANDING).order_by("due_on", "id")[:MOST_SHOWN]],
            "ended": [_row(one) for one in requests.exclude(state__in=_STANDING)[:MOST_SHOWN]],
        }
        return self._page(request, "leads/privacy.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrivacyRequest]:
        return super().get_queryset(request).select_related("lead", "made_by", "begun_by")

    # --- one person ---------------------------------------------------------------------------------------------------

    def person_view(self, request: HttpRequest, lead_id: UUID) -> HttpResponse:
        lead, person = self._person(request, lead_id)
        leads = list(Lead.objects.filter(pk__in=person.lead_ids).select_related("offer").order_by("-last_touch_at"))
        for one in leads:
            if one.is_private:
                personal.note_view(request, one)
        return self._person_page(request, lead, person, NoteForm(), leads=leads[:MOST_SHOWN])

    def _person_page(
        self, request: HttpRequest, lead: Lead, person: Person, form: forms.Form, **more: Any
    ) -> HttpResponse:
        held = [(place.label, _number(held.rows), held) for place, held in handing_out.overview_of(person)]
        context = {
            "title": str(lead),
            "lead": lead,
            "person": person,
            "held": held,
            "sent_to": sorted({str(one) for one in erasing.destinations_of(person)}),
            "requests": [_row(one) for one in _requests_about(person)],
            "form": _themed(form),
        }
        return self._page(request, "leads/privacy_person.html", context | more)

    def note_view(self, request: HttpRequest, lead_id: UUID) -> HttpResponse:
        """Somebody asked, and it is not answered at once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead, person = self._person(request, lead_id)
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self._person_page(request, lead, person, form, is_noting=True)
        given = form.cleaned_data
        kind = RequestKind(given.pop("kind"))
        noted = erasing.ask(kind, lead, person, cast(User, request.user), **given)
        self.say(request, True, _("Noted. It is shown until it is answered."))
        return HttpResponseRedirect(_page_of(noted))

    def export_view(self, request: HttpRequest, lead_id: UUID) -> HttpResponse:
        """The file, with an entry in the log that names nobody."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead, person = self._person(request, lead_id)
        document = handing_out.document_of(person)
        _log(request, lead, HANDED_OUT)
        answer = HttpResponse(document, content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="person-{lead.pk}.json"'
        return answer

    def erase_view(self, request: HttpRequest, lead_id: UUID) -> HttpResponse:
        """Of an open request, or of one that is made along with it. What was typed must be the person's address."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead, person = self._person(request, lead_id)
        user = cast(User, request.user)
        if request.POST.get("typed", "").strip().casefold() != person.typed.casefold():
            self.say(request, False, _("Nothing was erased: what you typed is not what stands there."))
            return HttpResponseRedirect(reverse("admin:leads_person", args=[lead.pk]))
        standing = _requests_about(person).filter(state=RequestState.OPEN).order_by("due_on", "id").first()
        asked = standing or erasing.ask(RequestKind.ERASE, lead, person, user)
        try:
            erasing.begin(asked, person, user)
        except NotOpen:
            self.say(request, False, _ANSWERED)
        after_commit(continue_erasing)
        return HttpResponseRedirect(_page_of(asked))

    def _person(self, request: HttpRequest, lead_id: UUID) -> tuple[Lead, Person]:
        """Raises ``PermissionDenied`` and ``Http404``."""
        self._demand(request)
        lead = get_object_or_404(Lead, pk=lead_id)
        return lead, person_of(lead)

    def _demand(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return TemplateResponse(request, template, frame | context)

    # --- one request --------------------------------------------------------------------------------------------------

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that asks for itself again while the person is being erased."""
        shown = self.shown(request, str(pk))
        return TemplateResponse(request, "leads/privacy_request_state.html", self.card(request, shown))

    def card(self, request: HttpRequest, shown: PrivacyRequest) -> dict[str, Any]:
        chases = shown.chases.select_related("destination", "done_by", "delivery")
        return {
            "asked": shown,
            "light": pill_of(shown),
            "erased": [
                (PLACE_LABELS.get(name, name), _number(count))
                for name, count in shown.erased.items()
                if name != erasing.CHASES
            ],
            "chases": list(chases[:MOST]),
            "left": chases.filter(done_at=None).count(),
        }

    @post_action(PERMISSION)
    def answered(self, request: HttpRequest, asked: PrivacyRequest) -> None:
        self._close(request, asked, RequestState.DONE, _("Answered. The person's name is forgotten here."))

    @post_action(PERMISSION)
    def decline(self, request: HttpRequest, asked: PrivacyRequest) -> None:
        self._close(request, asked, RequestState.DECLINED, _("Declined. The person's name is forgotten here."))

    def _close(self, request: HttpRequest, asked: PrivacyRequest, state: RequestState, text: str) -> None:
        try:
            erasing.close(asked, state)
        except NotOpen:
            self.say(request, False, _ANSWERED)
        else:
            self.log_change(request, asked, text)
            self.say(request, True, text)

    @post_action(PERMISSION)
    def tick_off(self, request: HttpRequest, asked: PrivacyRequest) -> None:
        chase = _chase_of(asked, request.POST.get("chase", ""))
        done = chase is not None and erasing.tick_off(chase, cast(User, request.user))
        if done:
            self.log_change(request, asked, _("Ticked off: %(destination)s.") % {"destination": chase})
        self.say(request, done, _("Ticked off.") if done else _("It was ticked off already."))


HANDED_OUT = gettext_lazy("Exported all that is kept about the person.")
_ANSWERED = gettext_lazy("It was answered already.")
_STANDING = (RequestState.OPEN, RequestState.ERASING)


def pill_of(asked: PrivacyRequest) -> SafeString:
    if asked.is_late:
        return words.pill(_("Overdue"), "bad")
    return words.pill(asked.get_state_display(), TONES[RequestState(asked.state)])


def _row(asked: PrivacyRequest) -> dict[str, Any]:
    return {"asked": asked, "light": pill_of(asked), "page": _page_of(asked)}


def _found(request: HttpRequest, lead: Lead) -> dict[str, Any]:
    """Personal data that is held back is shown on the person's own page, which leaves an entry in the log."""
    return {"lead": lead, "name": str(words.HELD_BACK) if lead.is_private else str(lead), "is_masked": lead.is_private}


def _erased_before(text: str) -> PrivacyRequest | None:
    digest = digest_of(text)
    ended = PrivacyRequest.objects.filter(digest=digest, state=RequestState.DONE, kind=RequestKind.ERASE)
    return ended.order_by("-id").first() if digest else None


def _requests_about(person: Person) -> QuerySet[PrivacyRequest]:
    requests = PrivacyRequest.objects.order_by("-id")
    return requests.filter(lead__in=person.lead_ids)


def _chase_of(asked: PrivacyRequest, key: str) -> Chase | None:
    try:
        return asked.chases.select_related("destination").filter(pk=UUID(key)).first()
    except ValueError:
        return None


def _log(request: HttpRequest, lead: Lead, text: object) -> None:
    LogEntry.objects.create(
        user=cast(User, request.user),
        content_type=ContentType.objects.get_for_model(lead),
        object_id=str(lead.pk),
        object_repr=str(lead.pk),
        action_flag=CHANGE,
        change_message=str(text),
    )


def _page_of(asked: PrivacyRequest) -> str:
    return reverse("admin:leads_privacyrequest_change", args=[asked.pk])


def _number(count: int) -> str:
    shown = number_format(min(count, MOST), force_grouping=True)
    return f"{shown}+" if count > MOST else shown


def _named(part: str) -> str:
    return f"_{part.strip('/')}" if part else ""


def _themed(form: forms.Form) -> forms.Form:
    for field in form.fields.values():
        themed(field)
    return form
