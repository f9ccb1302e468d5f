"""Leads that may be one: what the card says of them, and the page on which they are worked off."""

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin.acting import post_action
from leads.admin.paging import BoundedPaginator
from leads.admin.sales.merging import LeadMerging
from leads.admin.sales.undoing import say_with_button
from leads.admin.theme import is_key
from leads.models import Lead, LeadPair
from leads.sales.duplicates import Found, alike_for, dismiss, open_pairs, suspect_again
from leads.sales.merging import in_order
from leads.states import Likeness

if TYPE_CHECKING:
    from django.urls import URLPattern

MOST_ON_CARD = 3
PER_PAGE = 25
SAME_PERSON = "person"
HOW_SURE = {
    Likeness.SAME_EMAIL: gettext_lazy("very likely one lead"),
    Likeness.SAME_MAILBOX: gettext_lazy("very likely one lead"),
    Likeness.SAME_PHONE: gettext_lazy("perhaps one lead, perhaps a colleague"),
    Likeness.SAME_PERSON: gettext_lazy("two interests of one person"),
}
CROWDED = {
    "email_key": gettext_lazy("Very many leads have this e-mail address, so it does not tell whether they are one."),
    "phone_key": gettext_lazy("Very many leads have this phone number, so it does not tell whether they are one."),
}


class Suspect(NamedTuple):
    """One that may be the same, and where the two are compared."""

    lead: Lead
    why: Any
    how_sure: Any
    compare: str


class Pair(NamedTuple):
    """The older first."""

    leads: tuple[Lead, Lead]
    why: Any
    how_sure: Any
    compare: str


class LeadDuplicates(LeadMerging):
    """Served beside the list of leads."""

    def get_urls(self) -> "list[URLPattern]":
        view = self.admin_site.admin_view(self.duplicates_view)
        return [path("duplicates/", view, name="leads_duplicates"), *super().get_urls()]

    def duplicates_of(self, request: HttpRequest, lead: Lead) -> dict[str, Any]:
        """For the card of somebody who may change it."""
        found, crowded = alike_for(cast(User, request.user), lead)
        likely = [_suspect(lead, one) for one in found if one.is_likely]
        return {
            "suspects": likely[:MOST_ON_CARD],
            "more_suspects": len(likely[MOST_ON_CARD:]),
            "other_interests": [_suspect(lead, one) for one in found if not one.is_likely][:MOST_ON_CARD],
            "crowded": [CROWDED[column] for column in crowded],
        }

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("leads.change_lead"):
            raise PermissionDenied
        kind = SAME_PERSON if request.GET.get("kind") == SAME_PERSON else ""
        page = BoundedPaginator(_with_leads(request, kind), PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": _("Duplicates"),
            "kind": kind,
            "page": page,
            "pairs": [_pair(request, pair) for pair in page],
        }
        return TemplateResponse(request, "leads/duplicates.html", context)

    @post_action("leads.change_lead")
    def not_duplicate(self, request: HttpRequest, lead: Lead) -> HttpResponse | None:
        other = self._other(request)
        if other is None or not dismiss(cast(User, request.user), lead, other):
            self.say(request, False, _("Nothing changed: that was said already, or one of them is gone."))
        else:
            text = _("Noted: they are not one. Nobody is asked again.")
            say_with_button(request, text, lead, "suspect-again", other=other.pk)
        return None

    @post_action("leads.change_lead")
    def suspect_again(self, request: HttpRequest, lead: Lead) -> HttpResponse | None:
        other = self._other(request)
        done = other is not None and suspect_again(lead, other)
        text = _("They may be one again.") if done else _("Nothing changed: nobody had said that they are not one.")
        self.say(request, done, text)
        return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[lead.pk]))

    def _other(self, request: HttpRequest) -> Lead | None:
        """The lead that was posted, if this person sees it."""
        key = request.POST.get("other", "")
        found: Lead | None = self.get_queryset(request).filter(pk=key).first() if is_key(Lead, key) else None
        return found


def _with_leads(request: HttpRequest, kind: str) -> QuerySet[LeadPair]:
    pairs = open_pairs(cast(User, request.user), likely=kind != SAME_PERSON)
    return pairs.select_related(*(f"{end}__{name}" for end in ("first", "second") for name in ("owner", "offer")))


def _suspect(lead: Lead, found: Found) -> Suspect:
    return Suspect(found.lead, found.likeness.label, HOW_SURE[found.likeness], _address(lead, found.lead))


def _pair(request: HttpRequest, pair: LeadPair) -> Pair:
    leads, like = in_order(pair.first, pair.second), Likeness(pair.likeness)
    compare = f"{_address(*leads)}?{urlencode({'next': request.get_full_path()})}"
    return Pair(leads, like.label, HOW_SURE[like], compare)


def _address(one: Lead, other: Lead) -> str:
    return reverse("admin:leads_lead_merge", args=[lead.pk for lead in in_order(one, other)])
