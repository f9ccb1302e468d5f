"""The landing page: what is new, what is wrong, and the first steps while there are any left."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.admin import personal
from leads.admin.destination_panel import light_of
from leads.admin.figures import destinations_with_next_try, figures
from leads.models import Credential, Destination, Endpoint, InboundRequest, Lead, Trouble
from leads.notices.credentials import ending, label_of
from leads.notices.wording import when_it_ends
from leads.sales.visibility import seen_by
from leads.sample_leads import USER_AGENT
from leads.states import InboundState, Verdict
from leads.watching import doctor, wording
from leads.watching.backlog import shown
from leads.watching.troubles import present_troubles

NEWEST = 8
MOST_LOOKED_AT = 1000


@dataclass(frozen=True)
class Step:
    """One of the first steps, and whether it is done."""

    text: str | Promise
    done: bool
    link: str


class Wrong(NamedTuple):
    """One thing that is wrong: whom it is about, how many leads it concerns, and its words."""

    trouble: Trouble
    about: str
    number: str
    words: wording.Words


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds to the landing page's context what this person may see."""
    user = request.user
    context["sees_private"] = personal.sees_held_back(request)
    if user.has_perm("leads.view_lead"):
        context["newest"] = Lead.objects.to_work_on().filter(seen_by(user)).select_related("offer")[:NEWEST]
    if user.has_perm("leads.operate_destination"):
        context |= for_ops()
    if user.has_perm("leads.add_endpoint"):
        steps = first_steps()
        context["steps"] = [] if all(step.done for step in steps) else steps
    return context


def for_ops() -> dict[str, Any]:
    """Whether anything is wrong, how it goes, and what to do. No query counts further than ``backlog.MOST``."""
    destinations, processes = destinations_with_next_try(), doctor.processes()
    troubles = [_in_words(trouble) for trouble in present_troubles()]
    silent = [found for found in processes if found.verdict is Verdict.BAD]
    return {
        "troubles": troubles,
        "silent_parts": silent,
        "wrong": len(troubles) + len(silent),
        "figures": figures(destinations, processes),
        "ending": ending_in_words(),
        "lights": [(destination, light_of(destination)) for destination in destinations],
    }


def _in_words(trouble: Trouble) -> Wrong:
    number = "–" if trouble.count is None else shown(trouble.count)
    found = wording.words_of(trouble, count=trouble.count, names=trouble.params)
    return Wrong(trouble, wording.subject_of(trouble), number, found)


def ending_in_words() -> list[tuple[Credential, str, str]]:
    """Credentials that end soon or have ended: what it is called, and when."""
    today = timezone.localdate()
    return [
        (credential, label_of(credential.destination.kind, credential.name), when_it_ends(credential.ends_on, today))
        for credential in ending(today)
    ]


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
