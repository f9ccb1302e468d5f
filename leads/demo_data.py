"""Demo data: some leads to look around with, which go nowhere, count nowhere, and leave nothing behind.

They are test leads, which everything else leaves alone already: queues, statistics, clocks and notices. They came by an
endpoint of their own, to which nobody can post.
"""

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from leads.history.edits import By
from leads.intake.joining import join_leads
from leads.intake.reading import touches_of
from leads.intake.vocabulary import load_vocabulary
from leads.models import Change, Delivery, Edit, Endpoint, FirstRun, InboundRequest, Lead, Touch
from leads.sales.activities import log, log_call
from leads.sales.owning import give
from leads.sales.stages import move_stage
from leads.states import ActivityKind, CallOutcome, CloseReason, InboundState, PrivacyAction, Stage


class Person(NamedTuple):
    """Invented, like the firms. ``days_ago`` they got in touch."""

    first_name: str
    last_name: str
    company: str
    title: str
    country: str
    phone: str
    action: str
    offer: str
    days_ago: float
    note: str = ""


PEOPLE = (
    Person(
        "Mina", "Park", "Fabrikam", "CTO", "KR", "+82 2 555 0101", "PLT", "Contoso Firewall", 0.02, "Please call me."
    ),
    Person("Tom", "Becker", "Proseware", "IT manager", "DE", "+49 30 5550102", "INS", "Contoso Firewall", 0.1),
    Person("Amélie", "Roux", "Litware", "Head of purchasing", "FR", "+33 1 55 50 01 03", "PLT", "Contoso Backup", 0.4),
    Person("Jordan", "Lee", "Adatum", "Developer", "US", "+1 425 555 0104", "Create", "Contoso Backup", 1),
    Person("Yuki", "Sato", "Wingtip Toys", "CIO", "JP", "+81 3 5550 0105", "StartTestDrive", "Contoso Firewall", 2),
    Person(
        "Priya",
        "Nair",
        "Tailspin",
        "Architect",
        "IN",
        "+91 80 5550 0106",
        "CON",
        "Contoso Insight",
        3,
        "How many seats?",
    ),
    Person("Lucas", "Silva", "Woodgrove Bank", "Security lead", "BR", "+55 11 5550 0107", "INS", "Contoso Insight", 6),
    Person(
        "Emma", "Novak", "Alpine Ski House", "Owner", "CZ", "+420 222 555 108", "StartTestDrive", "Contoso Backup", 10
    ),
    Person("Oliver", "Smith", "Northwind Traders", "COO", "GB", "+44 20 5550 0109", "PLT", "Contoso Firewall", 15),
    Person("Sofia", "Rossi", "Coho Winery", "Office manager", "IT", "+39 06 5550 0110", "INS", "Contoso Insight", 22),
)


class DemoIsOn(Exception):
    """There is demo data already."""


def is_on() -> bool:
    return FirstRun.read().demo_endpoint_id is not None


def switch_on(user: User) -> int:
    """How many leads there are now to look at. Raises ``DemoIsOn``, also for all but one of those who ask at once."""
    now = timezone.now()
    with transaction.atomic():
        run = _locked()
        if run.demo_endpoint_id is not None:
            raise DemoIsOn
        endpoint = Endpoint.objects.create(name=_free_name(), enabled=False)
        touches = [_touch_of(person, endpoint, now) for person in PEOPLE]
        join_leads(touches)
        for touch in touches:
            touch.privacy = PrivacyAction.HOLD  # by hand, too, they go to no destination
        Touch.objects.bulk_create(touches)
        leads = [touch.lead for touch in touches]
        run.demo_endpoint, run.demo_leads = endpoint, [str(lead.pk) for lead in leads]
        run.save()
        _work_on(user, leads)
    return len(leads)


def switch_off() -> int:
    """All of it goes, with whatever people did with it. How many leads that were; 0 where there was none."""
    with transaction.atomic():
        run = _locked()
        if run.demo_endpoint_id is None:
            return 0
        endpoint_id, lead_ids = run.demo_endpoint_id, run.demo_leads
        run.demo_endpoint, run.demo_leads = None, []
        run.save()
        Delivery.objects.filter(touch__endpoint=endpoint_id).delete()
        Touch.objects.filter(endpoint=endpoint_id).delete()
        InboundRequest.objects.filter(endpoint=endpoint_id).delete()
        _forget(lead_ids)
        Endpoint.objects.filter(pk=endpoint_id).delete()
    return len(lead_ids)


def _locked() -> FirstRun:
    FirstRun.objects.get_or_create(pk=FirstRun.THE_ONE)
    return FirstRun.objects.select_for_update().get(pk=FirstRun.THE_ONE)


def _free_name() -> str:
    name, taken = _("Demo data"), set(Endpoint.objects.values_list("name", flat=True))
    return next(one for one in (name, *(f"{name} {number}" for number in range(2, 99))) if one not in taken)


def _touch_of(person: Person, endpoint: Endpoint, now: datetime) -> Touch:
    """By way of what the marketplace would have posted."""
    came = now - timedelta(days=person.days_ago)
    details = {
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "Email": f"{person.first_name}.{person.last_name}@{person.company.replace(' ', '')}.example".lower(),
        "Phone": person.phone,
        "Country": person.country,
        "Company": person.company,
        "Title": person.title,
    }
    posted = {
        "UserDetails": details,
        "LeadSource": f"AzureMarketplace-{person.action}|{person.offer}",
        "ActionCode": person.action,
        "OfferTitle": person.offer,
        "Description": person.note,
    }
    body = json.dumps(posted, ensure_ascii=False).encode()
    request = InboundRequest(
        endpoint=endpoint,
        received_at=came,
        content_type="application/json",
        body=body,
        body_size=len(body),
        processed_at=Now(),
    )
    (touch,) = touches_of(request, load_vocabulary())
    assert request.state == InboundState.ACCEPTED
    request.save(force_insert=True)
    touch.is_test, touch.fingerprint = True, ""
    return touch


def _work_on(user: User, leads: list[Lead]) -> None:
    """Some of them are further than others."""
    ids = [lead.pk for lead in leads]
    give(By(user), ids[3:9], user)
    log_call(user, ids[3], CallOutcome.VOICEMAIL)
    log_call(user, ids[4], CallOutcome.REACHED, _("Wants to see it with their own data."))
    log(user, ids[5], ActivityKind.NOTE, _("Asked for the price of 200 seats."))
    move_stage(By(user), ids[6], Stage.QUALIFIED)
    move_stage(By(user), ids[7], Stage.QUALIFIED)
    move_stage(By(user), ids[7], Stage.WON)
    move_stage(By(user), ids[8], Stage.LOST, CloseReason.NO_BUDGET)
    move_stage(By(user), ids[9], Stage.DISCARDED, CloseReason.NONSENSE)


def _forget(lead_ids: list[str]) -> None:
    """The leads with their history; those that hold other test leads' touches stay."""
    holds_others = Exists(Touch.objects.filter(lead=OuterRef("pk")))
    gone = list(Lead.objects.filter(~holds_others, pk__in=lead_ids).values_list("pk", flat=True))
    edits = set(Change.objects.filter(lead__in=gone).values_list("edit", flat=True))
    edits |= set(Edit.objects.filter(activity__lead__in=gone).values_list("pk", flat=True))
    Lead.objects.filter(merged_into__in=gone).update(merged_into=None)
    Lead.objects.filter(pk__in=gone).delete()
    is_used = Exists(Change.objects.filter(edit=OuterRef("pk")))
    Edit.objects.filter(~is_used, Q(activity=None), pk__in=edits).delete()
