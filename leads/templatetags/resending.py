"""What leads from other pages to a replay."""

from typing import Any

from django import template
from django.db.models import Min
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.http import urlencode

from leads.delivery.resend_jobs import DOUBTFUL, PERMISSIONS
from leads.models import Delivery, Destination
from leads.models.resend_job import ResendKind
from leads.states import DeliveryState
from leads.watching.backlog import shown

register = template.Library()

MOST = 1000


@register.simple_tag(takes_context=True)
def resend_address(context: RequestContext, destination_id: int, **given: Any) -> str:
    """Of the page that asks what of this destination is sent again, or with ``kind`` whether; empty for who may not.

    The other names are those of the form: ``reason``, ``states``, ``since``.
    """
    if not context["request"].user.has_perms(PERMISSIONS[ResendKind.FAILED]):
        return ""
    return f"{reverse('admin:leads_resendjob_add')}?{urlencode({'destination': destination_id} | given)}"


@register.inclusion_tag("leads/resend_job_offer.html", takes_context=True)
def resend_offer(context: RequestContext, destination: Destination) -> dict[str, Any]:
    """Where leads get through again, those that failed before are offered."""
    gate = destination.gate
    is_well_again = gate.last_failure_at and gate.last_success_at and gate.last_success_at > gate.last_failure_at
    address = resend_address(context, destination.pk, kind=ResendKind.FAILED.value) if is_well_again else ""
    if not address:
        return {}
    failed = Delivery.objects.filter(destination=destination, state=DeliveryState.FAILED).exclude(reason=DOUBTFUL)
    some = Delivery.objects.filter(id__in=failed.values("id")[:MOST]).aggregate(since=Min("created_at"))
    number = failed[:MOST].count()
    return {"address": address, "number": number, "shown": shown(number, MOST), "since": some["since"]}
