"""The first steps of an installation, ticked off while the person watches, until a lead came the whole way."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import demo_data
from leads.demo_data import DemoIsOn
from leads.encryption import SecretUnreadable
from leads.models import Destination, Endpoint, EndpointSecret, FirstRun, Touch
from leads.sample_leads import USER_AGENT

PERMISSION = "leads.add_endpoint"
MOST_LOOKED_AT = 1000
CACHED_SECONDS = 15
DEMO_CACHED = "demo-data-is-on"


@dataclass(frozen=True)
class Step:
    """``copy`` is what is to be pasted elsewhere; ``seen`` is the lead that proves that it is done."""

    text: str | Promise
    how: str | Promise
    done: bool
    link: str
    copy: str = ""
    seen: UUID | None = None


@dataclass(frozen=True)
class Heard:
    """The newest leads that came from outside: one that proves the connection, and one of a customer."""

    test: UUID | None = None
    customer: UUID | None = None


def steps_for(request: HttpRequest) -> dict[str, Any]:
    """What the overview shows of them; nothing to who cannot take them. ``?steps=1`` shows them in any case."""
    if not request.user.has_perm(PERMISSION):
        return {}
    run = FirstRun.read()
    around = {"may_show_steps": True, "demo_is_on": run.demo_endpoint_id is not None}
    if run.steps_hidden and "steps" not in request.GET:
        return around
    shown = _shown(first_steps())
    if shown["steps_are_done"] and "steps" not in request.GET:
        return around
    return around | shown


def _shown(steps: list[Step]) -> dict[str, Any]:
    return {"steps": steps, "steps_are_done": all(step.done for step in steps), "steps_known": known_as(steps)}


def known_as(steps: list[Step]) -> str:
    """Which are done, as the page says when it asks again."""
    return "".join(str(int(step.done)) for step in steps)


def first_steps() -> list[Step]:
    endpoint = Endpoint.objects.filter(demo_of=None, is_for_files=False).order_by("pk").first()
    add = reverse("admin:leads_endpoint_add")
    page = reverse("admin:leads_endpoint_change", args=[endpoint.pk]) if endpoint else add
    heard = _heard_from_outside()
    has_crm, arrived_there = _real_destinations()
    return [
        Step(
            _("Make an endpoint"),
            _("Give it the name of the offer and save. Its page shows the address that leads are posted to."),
            endpoint is not None,
            page,
        ),
        Step(
            _("Paste its address into Partner Center"),
            _(
                "Open the offer there, then “Offer setup”, “Customer leads”, “Connect”. "
                "Choose “HTTPS Endpoint” and paste the address as URL."
            ),
            bool(heard.test or heard.customer),
            page,
            copy=_address_of(endpoint),
        ),
        Step(
            _("Press “Validate” there"),
            _("Partner Center posts a test lead, which is here within a minute. It is called MSFT_TEST."),
            bool(heard.test or heard.customer),
            page,
            seen=heard.test,
        ),
        Step(
            _("Publish the offer again"),
            _(
                "Press “Connect”, save, and publish the offer there: until then customers' leads do not come here. "
                "The first one ticks this off."
            ),
            heard.customer is not None,
            page,
            seen=heard.customer,
        ),
        Step(
            _("Invite colleagues"),
            _("Add each person with an e-mail address and a group. They get a link to set their password."),
            User.objects.filter(is_active=True).order_by()[:2].count() > 1,
            reverse("admin:auth_user_add"),
        ),
        Step(
            _("Connect a CRM"),
            _("Choose your system and enter its address and credentials. It is checked as soon as you save."),
            has_crm,
            reverse("admin:leads_destination_add"),
        ),
        Step(
            _("See a lead arrive there"),
            _(
                "Press “Send a test lead” on the page of the destination. "
                "The list of deliveries shows what became of it."
            ),
            arrived_there,
            reverse("admin:leads_delivery_changelist"),
        ),
    ]


def _address_of(endpoint: Endpoint | None) -> str:
    secret = EndpointSecret.objects.valid().filter(endpoint=endpoint).order_by("-pk").first() if endpoint else None
    try:
        return secret.url if secret else ""
    except SecretUnreadable:
        return ""


def _heard_from_outside() -> Heard:
    """Among the newest touches, those that were posted to an address of ours and are no samples."""
    columns = ("is_test", "lead", "inbound_request__secret", "inbound_request__user_agent")
    heard: dict[bool, UUID] = {}
    for is_test, lead_id, secret, agent in Touch.objects.order_by("-id").values_list(*columns)[:MOST_LOOKED_AT]:
        if secret is not None and agent != USER_AGENT:
            heard.setdefault(is_test, lead_id)
    return Heard(heard.get(True), heard.get(False))


def _real_destinations() -> tuple[bool, bool]:
    """Whether there is one besides the sandbox, and whether any of them has taken a lead."""
    sandbox = settings.LEADCRM_SANDBOX_URL
    real = [
        destination
        for destination in Destination.objects.select_related("gate")
        if not (sandbox and any(str(value).startswith(sandbox) for value in destination.settings.values()))
    ]
    return bool(real), any(destination.gate.last_success_at for destination in real)


def demo_badge(request: HttpRequest) -> list[str] | None:
    """Beside the title of every page, as the theme takes it."""
    if not request.user.is_authenticated:
        return None
    is_on = cache.get_or_set(DEMO_CACHED, demo_data.is_on, CACHED_SECONDS)
    return [_("Demo data is on"), "warning"] if is_on else None


# --- what is pressed --------------------------------------------------------------------------------------------------


def steps_page(request: HttpRequest) -> HttpResponse:
    """Served at ``first-steps/``: the steps alone, which ask for themselves again while there are any left. A POST
    hides them or shows them again."""
    _only_for(request)
    if request.method == "POST":
        shown = request.POST.get("show") == "1"
        FirstRun.objects.update_or_create(pk=FirstRun.THE_ONE, defaults={"steps_hidden": not shown})
        return HttpResponseRedirect(reverse("admin:index") + ("?steps=1" if shown else ""))
    steps = first_steps()
    if request.GET.get("known") == known_as(steps):
        return HttpResponse(status=204)  # what is on the page stays, and so does the keyboard's place in it
    return TemplateResponse(request, "leads/first_steps.html", _shown(steps))


def demo_page(request: HttpRequest) -> HttpResponse:
    """Served at ``demo/``: switches the demo data on or off."""
    _only_for(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    cache.delete(DEMO_CACHED)
    if request.POST.get("on") == "1":
        _switch_on(request)
        return HttpResponseRedirect(reverse("admin:leads_lead_changelist") + "?kind=test")
    count = demo_data.switch_off()
    text = ngettext("The demo data is gone: %(count)d lead.", "The demo data is gone: %(count)d leads.", count)
    messages.success(request, text % {"count": count} if count else _("There was no demo data any more."))
    return HttpResponseRedirect(reverse("admin:index"))


def _switch_on(request: HttpRequest) -> None:
    assert isinstance(request.user, User)
    try:
        count = demo_data.switch_on(request.user)
    except DemoIsOn:
        messages.warning(request, _("There is demo data already."))
        return
    text = ngettext(
        "%(count)d lead to look around with. It goes nowhere and counts nowhere; the overview takes it away again.",
        "%(count)d leads to look around with. They go nowhere and count nowhere; the overview takes them away again.",
        count,
    )
    messages.success(request, text % {"count": count})


def _only_for(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
