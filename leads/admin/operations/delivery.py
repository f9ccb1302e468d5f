"""Deliveries: find what went wrong, see what was sent and answered, send it again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.contract import Arrival
from leads import words
from leads.admin import personal
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.filters import DeliveryKindFilter, DeliveryTeamFilter, MadeFilter, ReasonFilter
from leads.admin.operations import waiting
from leads.admin.operations.giving_up import NEEDS_A_NOTE, ask_why, given_up_text, note_in
from leads.admin.operations.resend_form import address_of
from leads.admin.operations.resend_job import list_filter_of
from leads.admin.theme import (
    MultipleChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from leads.delivery import resending
from leads.delivery.giving_up import give_up
from leads.delivery.resend_jobs import DOUBTFUL
from leads.hints import after_commit
from leads.models import Attempt, Delivery, GivenUp
from leads.sales.visibility import seen_by
from leads.states import DeliveryState, Priority, Withheld
from leads.tasks import dispatch_due_deliveries
from leads.templatetags.leadcrm import ago

MOST_ATTEMPTS = 50


@admin.register(Delivery)
class DeliveryAdmin(CardAdmin):
    card_template = "leads/delivery_card.html"
    list_display = ("lead_name", "destination", "state_pill", "why", "tries", "next_try", "made", "arrived")
    nothing_yet = gettext_lazy("A delivery is made when a lead comes in and a route leads it to a destination.")
    list_filter = (
        ("state", MultipleChoicesDropdownFilter),
        ("destination", RelatedDropdownFilter),
        ReasonFilter,
        DeliveryKindFilter,
        DeliveryTeamFilter,
        ("created_at", MadeFilter),
    )
    list_select_related = ("destination__gate", "touch__lead", "given_up")
    ordering = ("-id",)
    list_before_template = "leads/resend_job_of_list.html"
    actions = ("retry_selected", "give_up_selected")

    @admin.display(description=gettext_lazy("Lead"))
    def lead_name(self, delivery: Delivery) -> str:
        return str(words.HELD_BACK) if delivery.touch.lead.is_private else str(delivery.touch.lead)

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, delivery: Delivery) -> SafeString:
        if delivery.arrival == Arrival.DOUBTFUL:
            return words.pill(_("Delivered, in doubt"), "warn", delivery.get_arrival_display())
        return words.state_pill("delivery", delivery.state, delivery.get_state_display())

    @admin.display(description=gettext_lazy("Why"))
    def why(self, delivery: Delivery) -> SafeString | str:
        if stop := waiting.stop_of(delivery):
            return waiting.linked(stop, delivery)
        if delivery.state == DeliveryState.CANCELLED and (given_up := getattr(delivery, "given_up", None)):
            return str(given_up.note)
        if not delivery.reason or delivery.state == DeliveryState.DELIVERED:
            return "–"
        return words.reason_text(delivery.reason)

    @admin.display(description=gettext_lazy("Next try"))
    def next_try(self, delivery: Delivery) -> SafeString | str:
        return waiting.next_try(delivery) if delivery.state == DeliveryState.QUEUED else "–"

    @admin.display(description=gettext_lazy("Made"))
    def made(self, delivery: Delivery) -> SafeString | str:
        return ago(delivery.created_at)

    @admin.display(description=gettext_lazy("Arrived"))
    def arrived(self, delivery: Delivery) -> SafeString | str:
        return ago(delivery.delivered_at)

    @admin.action(description=gettext_lazy("Try again"), permissions=["operate"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """All that the filters find are for a job, and asked about first; those ticked on the page go at once."""
        if request.POST.get("select_across") == "1" and (
            address := _address_of_all(self.get_changelist_instance(request), request)
        ):
            return HttpResponseRedirect(address)
        chosen = queryset.exclude(reason=DOUBTFUL)
        left_out, stopped = queryset.filter(reason=DOUBTFUL).count(), waiting.stopped(chosen).count()
        moved = resending.try_again(chosen)
        self._wake()
        text = ngettext("%(count)d delivery is tried again.", "%(count)d deliveries are tried again.", moved)
        if moved or not stopped:
            self.say(request, moved, text % {"count": moved} if moved else NOTHING_TO_DO)
        if stopped:
            text = ngettext(
                "%(count)d of them waits for its destination, which is paused, disabled or asked us to slow down.",
                "%(count)d of them wait for their destination, which is paused, disabled or asked us to slow down.",
                stopped,
            )
            self.say(request, False, text % {"count": stopped})
        if left_out:
            text = ngettext(
                "%(count)d may have arrived already and was left out. Open it and decide.",
                "%(count)d may have arrived already and were left out. Open each and decide.",
                left_out,
            )
            self.say(request, False, text % {"count": left_out})
        return None

    @admin.action(description=gettext_lazy("Give up"), permissions=["operate"])
    def give_up_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        note = note_in(request)
        if not note:
            frame = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
            return ask_why(request, queryset, frame)
        moved = give_up(queryset, request.user, note)
        self.say(request, moved, given_up_text(moved) if moved else NOTHING_TO_DO)
        return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the way to try again all that the filters find, where they find what can be."""
        page = super().changelist_view(request, extra_context)
        context = getattr(page, "context_data", None) or {}
        if "state__in" in request.GET and "cl" in context and self.has_operate_permission(request):
            context["resend_all"] = _address_of_all(context["cl"], request) if context["cl"].result_count else ""
        return page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).filter(seen_by(request.user, "touch__lead__"))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Many at once are for who looks after the destinations; one by one for who works on the lead, too."""
        return request.user.has_perms(("leads.operate_destination", "leads.retry_delivery"))

    def card_title(self, request: HttpRequest, shown: Delivery) -> str:
        return _("Delivery to %(destination)s") % {"destination": shown.destination}

    def card(self, request: HttpRequest, shown: Delivery) -> dict[str, Any]:
        lead = shown.touch.lead
        may_see = personal.shows(request, lead)
        attempts = list(Attempt.objects.filter(delivery=shown)[:MOST_ATTEMPTS])
        return {
            "delivery": shown,
            "names": attempts[0].params if attempts and attempts[0].cause == shown.reason else {},
            "lead": lead,
            "may_see": may_see,
            "sees_exchange": may_see and request.user.has_perm("leads.view_attempt"),
            "attempts": attempts,
            "states": DeliveryState,
            "is_doubtful": shown.state == DeliveryState.FAILED and shown.reason == DOUBTFUL,
            "is_withheld": shown.reason in Withheld.values,
            "stop": waiting.stop_of(shown),
            "next_try": waiting.next_try(shown),
            "gives_up": waiting.given_up(shown),
            "given_up": GivenUp.objects.filter(delivery=shown).select_related("by").first(),
        }

    @post_action("leads.retry_delivery")
    def try_again(self, request: HttpRequest, delivery: Delivery) -> None:
        """A queued one that is due cannot be hurried: why it waits is said instead."""
        moved = resending.try_again(Delivery.objects.filter(pk=delivery.pk), priority=Priority.FRESH)
        stop = words.standstill(delivery.destination)
        if moved or delivery.state != DeliveryState.QUEUED:
            text = _("Queued. It waits for its destination.") if stop else _("Tried again now.")
            self._done(request, delivery, moved, text, stop.why if stop else "")
        elif stop:
            text = _("Nothing was done: it waits for its destination.")
            self.say(request, False, f"{text} {stop.why}")
        else:
            self.say(request, False, DUE)

    @post_action("leads.retry_delivery")
    def give_up(self, request: HttpRequest, delivery: Delivery) -> None:
        note = note_in(request)
        if not note:
            self.say(request, False, NEEDS_A_NOTE)
            return
        moved = give_up(Delivery.objects.filter(pk=delivery.pk), request.user, note)
        self.say(request, moved, _("Given up: nothing more is sent for it.") if moved else NOTHING_TO_DO)

    @post_action("leads.retry_delivery")
    def arrived_there(self, request: HttpRequest, delivery: Delivery) -> None:
        moved = resending.confirm_arrival(Delivery.objects.filter(pk=delivery.pk))
        self._done(request, delivery, moved, _("Marked as arrived."))

    @post_action("leads.resend_delivered")
    def send_again(self, request: HttpRequest, delivery: Delivery) -> None:
        moved = resending.send_delivered_again(Delivery.objects.filter(pk=delivery.pk))
        self._done(request, delivery, moved, _("Sent a second time, under the same key."))

    @post_action("leads.release_delivery")
    def release(self, request: HttpRequest, delivery: Delivery) -> None:
        moved = resending.release_withheld(Delivery.objects.filter(pk=delivery.pk))
        self._done(request, delivery, moved, str(RELEASED))

    def _done(self, request: HttpRequest, delivery: Delivery, moved: int, text: str, why: str = "") -> None:
        if moved:
            self.log_change(request, delivery, text)
            self._wake()
        self.say(request, moved, f"{text} {why}".strip() if moved else NOTHING_TO_DO)

    def _wake(self) -> None:
        after_commit(dispatch_due_deliveries)


def _address_of_all(changelist: Any, request: HttpRequest) -> str:
    wanted = list_filter_of(changelist, request.GET)
    return address_of(wanted) if wanted else ""


RELEASED = gettext_lazy("Released: it is sent although policy withheld it.")
NOTHING_TO_DO = gettext_lazy("Nothing changed: the state is another one by now.")
DUE = gettext_lazy("Nothing was done: it is due already, and goes out as soon as a worker is free.")
