"""The open leads of somebody who leaves: a page that hands all of them to others."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import words
from leads.admin.sales.unattended import BY_RULES
from leads.history.edits import By
from leads.sales.leaving import HandedOver, hand_over, leads_of
from leads.sales.owning import may_own
from leads.states import EditCause
from leads.watching.backlog import shown

if TYPE_CHECKING:
    from leads.admin.acting import ActingAdmin

    Base = ActingAdmin
else:
    Base = object

MOST = 10_000


class HandOverPage(Base):
    """On the admin of users, for who may change them."""

    change_form_outer_before_template = "leads/user_leads.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.hand_over_view)
        return [path("<path:object_id>/leads/", view, name="leads_hand_over"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        person = kwargs.get("obj")
        count = _count(person) if person and request.user.has_perm("leads.change_lead") else 0
        more = {"open_leads": shown(count, MOST) if count else "", "is_many": count != 1}
        more["may_invite"] = person is not None and self.has_change_permission(request, person)
        if person is None:
            more["show_save_and_continue"] = False  # what is left to do is theirs
        return super().render_change_form(request, context | more, *args, **kwargs)

    def hand_over_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object(request, unquote(object_id))
        if person is None:
            return self._missing(request, object_id)
        if not (self.has_change_permission(request, person) and request.user.has_perm("leads.change_lead")):
            raise PermissionDenied
        if request.method == "POST":
            return self._hand_over(request, person, request.POST.get("to", ""))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": person,
            "title": _("Hand over the open leads of %(name)s") % {"name": words.person(person)},
            "media": self.media,
            "person": person,
            "count": shown(_count(person), MOST),
            "people": [(user.pk, words.person(user)) for user in may_own().exclude(pk=person.pk)],
        }
        return TemplateResponse(request, "leads/hand_over.html", context)

    def _hand_over(self, request: HttpRequest, person: User, to: str) -> HttpResponse:
        """Whoever gets them is chosen by name, or by the rules."""
        known = {str(user.pk): user for user in may_own().exclude(pk=person.pk)}
        page = HttpResponseRedirect(reverse("admin:leads_hand_over", args=[person.pk]))
        if to != BY_RULES and to not in known:
            self.say(request, False, _("To whom? Choose one of the people who work on leads."))
            return page
        cause = EditCause.RULE if to == BY_RULES else EditCause.PERSON
        done = hand_over(By(cast(User, request.user), cause), person, known.get(to))
        if done.leads:
            self.log_change(request, person, _("Open leads handed over."))
        self.say(request, done.leads, _told(done, person))
        stays = done.may_be_more or not done.leads
        return page if stays else HttpResponseRedirect(reverse("admin:auth_user_change", args=[person.pk]))


def _count(person: User) -> int:
    return leads_of(person)[:MOST].count()


def _told(done: HandedOver, person: User) -> str:
    text = ngettext("%(count)d open lead handed over.", "%(count)d open leads handed over.", done.leads)
    parts = [text % {"count": done.leads}]
    if done.may_be_more:
        parts.append(_("There are more: hand them over, too."))
    elif left := _count(person):
        parts.append(_("%(count)s stay: the rules know nobody else who is there.") % {"count": shown(left, MOST)})
    return " ".join(parts)
