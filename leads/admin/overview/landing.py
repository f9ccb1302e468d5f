"""The landing page: how it goes, what is wrong, what is new, and the first steps while there are any left."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from leads.admin import personal
from leads.admin.destinations.destination_panel import light_of
from leads.admin.operations.figures import destinations_with_next_try, figures
from leads.admin.overview import reports
from leads.admin.overview.attention import needs_attention
from leads.admin.overview.first_steps import steps_for
from leads.models import Credential, Lead, Trouble
from leads.notices.credentials import ending, label_of
from leads.notices.wording import when_it_ends
from leads.sales.visibility import seen_by
from leads.states import Verdict
from leads.watching import doctor, wording
from leads.watching.backlog import shown
from leads.watching.troubles import present_troubles

NEWEST = 8


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
    if user.has_perm("leads.view_reports"):
        context |= reports.for_page(request) | {"needs": needs_attention(user)}
    return context | steps_for(request)


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
