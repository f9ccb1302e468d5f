"""The landing page: what is new, what is wrong, and the first steps while there are any left."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.admin import personal
from leads.admin.destination_panel import light_of, waiting
from leads.models import Credential, Delivery, Destination, Endpoint, InboundRequest, Lead
from leads.notices.credentials import ending, label_of
from leads.notices.wording import when_it_ends
from leads.sample_leads import USER_AGENT
from leads.states import DeliveryState, InboundState

NEWEST = 8
MOST_CAUSES = 20
MOST_LOOKED_AT = 1000


@dataclass(frozen=True)
class Step:
    """One of the first steps, and whether it is done."""

    text: str | Promise
    done: bool
    link: str


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds to the landing page's context what this person may see."""
    user = request.user
    context["sees_private"] = personal.sees_held_back(request)
    if user.has_perm("leads.view_lead"):
        context["newest"] = Lead.objects.to_work_on().select_related("offer")[:NEWEST]
    if user.has_perm("leads.operate_destination"):
        context["causes"] = failures_by_cause()
        context["ending"] = ending_in_words()
        destinations = Destination.objects.select_related("gate").prefetch_related("proofs")
        context["lights"] = [(destination, light_of(destination)) for destination in destinations]
        context["stopped"] = [
            (destination, waiting(destination)) for destination in destinations if destination.gate.paused_at
        ]
    if user.has_perm("leads.add_endpoint"):
        steps = first_steps()
        context["steps"] = [] if all(step.done for step in steps) else steps
    return context


def ending_in_words() -> list[tuple[Credential, str, str]]:
    """Credentials that end soon or have ended: what it is called, and when."""
    today = timezone.localdate()
    return [
        (credential, label_of(credential.destination.kind, credential.name), when_it_ends(credential.ends_on, today))
        for credential in ending(today)
    ]


def failures_by_cause() -> list[Any]:
    """One row per destination and cause; reads the index of failed deliveries only."""
    return list(
        Delivery.objects.filter(state=DeliveryState.FAILED)
        .values("destination_id", "destination__name", "reason")
        .annotate(count=Count("id"), since=Min("created_at"))
        .order_by("-count")[:MOST_CAUSES]
    )


def first_steps() -> list[Step]:
    endpoints = Endpoint.objects.all()
    endpoint = endpoints.first()
    add = reverse("admin:leads_endpoint_add")
    page = reverse("admin:leads_endpoint_change", args=[endpoint.pk]) if endpoint else add
    return [
        Step(_("Make an endpoint"), endpoint is not None, page),
        Step(_("Paste its address into Partner Center and press “Validate” there"), _heard_from_outside(), page),
        Step(_("Set up a destination"), Destination.objects.exists(), reverse("admin:leads_destination_add")),
        Step(
            _("See a lead arrive there"),
            Destination.objects.exclude(gate__last_success_at=None).exists(),
            reverse("admin:leads_delivery_changelist"),
        ),
    ]


def _heard_from_outside() -> bool:
    """Whether any of the newest accepted requests is more than a sample of ours."""
    accepted = InboundRequest.objects.filter(state=InboundState.ACCEPTED).order_by("-id")
    return any(agent != USER_AGENT for agent in accepted.values_list("user_agent", flat=True)[:MOST_LOOKED_AT])
