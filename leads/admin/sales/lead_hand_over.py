"""Convert: hand a lead over to a CRM, after a look at what is sent and what the mapping leaves open."""

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations import notes
from integrations.diagnosis import diagnose
from integrations.mapping import FieldMap
from leads import words
from leads.admin import personal
from leads.admin.card import Titled
from leads.admin.destinations.mapping import lines_of
from leads.delivery.connecting import CannotConnect, field_map_of, open_connector
from leads.delivery.translating import record_from
from leads.hints import after_commit
from leads.models import Delivery, Destination, Lead, Touch
from leads.sales.contact_facts import FACTS
from leads.sales.handing_over import Choice, choices_for, hand_over, newest_touch, stages_after
from leads.states import DeliveryState, Stage
from leads.tasks import dispatch_due_deliveries

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object


class Look(NamedTuple):
    """What would be sent; ``gaps`` are what a person should know before."""

    text: str
    gaps: list[str]


class LeadHandOver(Base):
    """The page behind “Convert”."""

    def may_hand_over(self, request: HttpRequest, lead: Lead) -> bool:
        return not lead.is_test and not lead.is_dnc and personal.may_see(request, lead)

    def hand_over_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        lead: Lead = self.shown(request, object_id)
        if not self.has_change_permission(request, lead) or not self.may_hand_over(request, lead):
            raise PermissionDenied
        touch = newest_touch(lead)
        choices = choices_for(touch) if touch else []
        given = request.POST if request.method == "POST" else request.GET
        chosen = _chosen(choices, given.get("destination", ""))
        if touch is None or chosen is None:
            return self._hand_over_page(request, lead, choices, None)
        stage = given.get("stage", "")
        if request.method == "POST" and stage in stages_after(lead):
            return self._hand_over(request, lead, touch, chosen.destination, Stage(stage))
        context = {"chosen": chosen, "look": _look(touch, chosen.destination), "stages": _stages(lead)}
        return self._hand_over_page(request, lead, choices, context)

    def _hand_over(
        self, request: HttpRequest, lead: Lead, touch: Touch, destination: Destination, stage: Stage
    ) -> HttpResponse:
        delivery = hand_over(cast(User, request.user), touch, destination, stage)
        self.log_change(request, lead, _("Handed over to %(destination)s.") % {"destination": destination})
        after_commit(dispatch_due_deliveries)
        self.say(request, delivery.state not in STUCK, _told(delivery))
        return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[lead.pk]))

    def _hand_over_page(
        self, request: HttpRequest, lead: Lead, choices: list[Choice], chosen: dict[str, Any] | None
    ) -> HttpResponse:
        personal.shows(request, lead)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": Titled(lead, self.card_title(request, lead)),
            "title": _("Hand over %(lead)s") % {"lead": lead},
            "media": self.media,
            "lead": lead,
            "choices": choices,
            **(chosen or {}),
        }
        return TemplateResponse(request, "leads/lead_hand_over.html", context)


STUCK = (DeliveryState.FAILED, DeliveryState.WITHHELD, DeliveryState.CANCELLED)


def _chosen(choices: list[Choice], wanted: str) -> Choice | None:
    """The one that was asked for; at first one where the lead is not yet."""
    if wanted:
        return next((choice for choice in choices if str(choice.destination.pk) == wanted), None)
    return next((choice for choice in choices if choice.delivery is None), choices[0] if choices else None)


def _stages(lead: Lead) -> list[tuple[str, str]]:
    """The likeliest first."""
    return [
        (stage.value, _("stays “%(stage)s”") % {"stage": stage.label} if stage == lead.stage else str(stage.label))
        for stage in stages_after(lead)
    ]


def _look(touch: Touch, destination: Destination) -> Look:
    """Nothing is sent for it."""
    try:
        known = field_map_of(destination)
        with open_connector(destination) as connector:
            preview = connector.preview(record_from(touch))
    except CannotConnect as error:
        return Look("", [_sentence(error.failure.cause, {})])
    unfilled = _("Nothing fills the field “%(field)s”, which is needed there.")
    gaps = [*(unfilled % {"field": name} for name in _unfilled(known)), *_not_sent(touch)]
    if preview.refused:
        gaps.append(_sentence(preview.refused.cause, preview.refused.params))
    gaps += [notes.sentence(note.code, note.params) for note in preview.notes]
    return Look("\n".join(lines_of(preview.exchange)), gaps)


def _not_sent(touch: Touch) -> list[str]:
    """A touch is delivered as it came, whatever people have corrected since."""
    lead = touch.lead
    corrected = [name for name in FACTS if name in lead.kept_fields and getattr(lead, name) != getattr(touch, name)]
    if not corrected:
        return []
    names = ", ".join(words.field_label(name) for name in corrected)
    return [_("Corrected here, and sent as it came: %(fields)s. Correct it over there, too.") % {"fields": names}]


def _unfilled(known: FieldMap | None) -> list[str]:
    """Fields that are needed over there and that no rule fills."""
    if known is None:
        return []
    filled = {rule.target for rule in known.rules}
    return [
        target.label or target.name
        for target in known.targets.values()
        if target.required and target.name not in filled
    ]


def _sentence(cause: str, params: Any) -> str:
    found = diagnose(cause, params)
    return f"{found.meaning} {found.remedy}".strip()


def _told(delivery: Delivery) -> str:
    """How it stands with the delivery."""
    names = {"destination": delivery.destination}
    match delivery.state:
        case DeliveryState.DELIVERED:
            return _("%(destination)s has the lead already.") % names
        case DeliveryState.QUEUED | DeliveryState.SENDING:
            stop = words.standstill(delivery.destination)
            text = _("Handed over: it is on its way to %(destination)s.") % names
            return f"{text} {stop.why}" if stop else text
    text = _("Not sent to %(destination)s: %(state)s.") % (names | {"state": delivery.get_state_display()})
    return f"{text} {words.reason_text(delivery.reason)}" if delivery.reason else text
