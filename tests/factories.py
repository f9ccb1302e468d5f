"""Rows for tests, each valid as it stands: say only what the test is about."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, User
from django.db.models.functions import Now
from django.utils import timezone
from knox.models import AuthToken

from leads.encryption import decrypt
from leads.models import (
    Absence,
    AssignmentRule,
    Attempt,
    Calendar,
    CountryGroup,
    Delivery,
    Destination,
    DestinationGate,
    Endpoint,
    EndpointSecret,
    InboundRequest,
    Lead,
    Offer,
    OfferTitle,
    Proof,
    ResendJob,
    Route,
    SalesNotice,
    SavedView,
    ScoreRule,
    ServiceLevel,
    Task,
    Team,
    Touch,
)
from leads.models.ids import first_id_at, new_id
from leads.roles import sync_groups
from leads.states import DeliveryState, InboundState, ProofKind, SalesKind, TaskKind
from leads.telling import event_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

_numbers = count(1)


def make_offer(**values: Any) -> Offer:
    return Offer.objects.create(**{"name": f"Offer {next(_numbers)}"} | values)


def make_title(title: str, offer: Offer | None = None) -> OfferTitle:
    return OfferTitle.objects.create(title=title, key=OfferTitle.key_of(title), offer=offer)


def make_endpoint(**values: Any) -> Endpoint:
    return Endpoint.objects.create(**{"name": f"Endpoint {next(_numbers)}"} | values)


def make_secret(endpoint: Endpoint | None = None, slot: int = EndpointSecret.FIRST) -> EndpointSecret:
    secret = EndpointSecret.make(endpoint or make_endpoint(), slot)
    secret.save()
    return secret


def text_of(secret: EndpointSecret) -> str:
    """What stands in the URL."""
    return decrypt(secret.encrypted_secret)


def lead_json(**fields: Any) -> dict[str, Any]:
    """A lead as the marketplace posts it. Person fields go into ``UserDetails``, wherever they are given."""
    person = {"FirstName": "Mina", "LastName": "Park", "Email": "mina@fabrikam.example", "Country": "KR"}
    lead = {"LeadSource": "AzureMarketplace", "ActionCode": "INS", "OfferTitle": "Contoso Firewall"}
    in_person = {"FirstName", "LastName", "Email", "Phone", "Country", "Company", "Title"}
    person |= {name: value for name, value in fields.items() if name in in_person}
    lead |= {name: value for name, value in fields.items() if name not in in_person}
    return {"UserDetails": person, **lead}


def make_inbound(posted: Any = None, **values: Any) -> InboundRequest:
    """A waiting request. ``posted`` is bytes, or what is sent as JSON."""
    body = posted if isinstance(posted, bytes) else json.dumps(lead_json() if posted is None else posted).encode()
    given = {"received_at": timezone.now(), "body": body, "body_size": len(body)} | values
    given.setdefault("endpoint", None)
    given["endpoint"] = given["endpoint"] or make_endpoint()
    return InboundRequest.objects.create(**given)


def make_lead(**values: Any) -> Lead:
    given = {"first_name": "Mina", "last_name": "Park", "email": "mina@fabrikam.example"}
    times = {"first_touch_at": timezone.now(), "last_touch_at": timezone.now()}
    return Lead.objects.create(**given | times | {"touch_count": 1} | values)


def make_touch(lead: Lead | None = None, **values: Any) -> Touch:
    lead = lead or make_lead()
    inbound = values.pop("inbound_request", None) or make_inbound(
        endpoint=values.get("endpoint"), state=InboundState.ACCEPTED
    )
    person = {"first_name": lead.first_name, "last_name": lead.last_name, "email": lead.email}
    given = {"source": "AzureMarketplace", "action": "INS", "email_key": lead.email.casefold(), "quality": "exact"}
    ours = {"lead": lead, "inbound_request": inbound, "endpoint": inbound.endpoint, "received_at": inbound.received_at}
    return Touch.objects.create(**person | given | ours | values)


def make_destination(kind: str = "https", *, gate: dict[str, Any] | None = None, **values: Any) -> Destination:
    """With its gate, open unless ``gate`` says otherwise."""
    destination = Destination.objects.create(**{"name": f"Destination {next(_numbers)}", "kind": kind} | values)
    DestinationGate.objects.create(destination=destination, **gate or {})
    return destination


def make_proof(destination: Destination, *results: str, kind: ProofKind = ProofKind.CHECK, **values: Any) -> Proof:
    """Ended, with a step for each of these results, unless ``values`` say otherwise."""
    steps = [{"label": f"Step {number}", "result": result, "detail": ""} for number, result in enumerate(results, 1)]
    return Proof.objects.create(
        **{"destination": destination, "kind": kind, "steps": steps, "finished_at": Now()} | values
    )


def make_route(destination: Destination, *offers: Offer, **values: Any) -> Route:
    route = Route.objects.create(destination=destination, **values)
    route.offers.set(offers)
    return route


def make_delivery(destination: Destination | None = None, touch: Touch | None = None, **values: Any) -> Delivery:
    """Queued and due, unless ``values`` say otherwise. What the constraints demand of a state comes by itself, and so
    does an id of the time when it was made."""
    if isinstance(made := values.get("created_at"), datetime):
        values = {"id": UUID(int=first_id_at(made).int + next(_numbers))} | values
    state = values.setdefault("state", DeliveryState.QUEUED)
    if state == DeliveryState.SENDING:
        values = {"claim_id": new_id(), "claimed_until": Now()} | values
    if state == DeliveryState.DELIVERED:
        values = {"delivered_at": Now()} | values
    if state in (DeliveryState.FAILED, DeliveryState.WITHHELD):
        values = {"reason": "record_refused" if state == DeliveryState.FAILED else "test"} | values
    delivery = Delivery.objects.create(
        touch=touch or make_touch(), destination=destination or make_destination(), **values
    )
    delivery.refresh_from_db()
    return delivery


def make_attempt(delivery: Delivery, **values: Any) -> Attempt:
    return Attempt.objects.create(**{"delivery": delivery, "claim_id": delivery.claim_id or new_id()} | values)


def make_resend_job(destination: Destination | None = None, **values: Any) -> ResendJob:
    """Of what failed, waiting for a worker."""
    return ResendJob.objects.create(
        **{"destination": destination, "states": [DeliveryState.FAILED.value], "until": timezone.now()} | values
    )


def make_user(*groups: str, **values: Any) -> User:
    """In these of the four groups, whose permissions are those of ``leads.roles``."""
    if groups and not Group.objects.exists():
        sync_groups()
    user = User.objects.create_user(**{"username": f"user{next(_numbers)}"} | values)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def make_token(user: User) -> str:
    """For the API, as ``Authorization: Bearer …``."""
    _stored, token = AuthToken.objects.create(user)  # type: ignore[no-untyped-call]
    return str(token)


def make_view(owner: User, query: str = "stage__exact=new", **values: Any) -> SavedView:
    number = next(_numbers)
    return SavedView.objects.create(
        **{"name": f"View {number}", "owner": owner, "query": query, "position": number} | values
    )


def make_task(lead: Lead | None = None, **values: Any) -> Task:
    """To call them, due tomorrow. ``next_task_at`` of the lead is left as it is."""
    due_at = timezone.now() + timedelta(days=1)
    return Task.objects.create(**{"lead": lead or make_lead(), "kind": TaskKind.CALL, "due_at": due_at} | values)


def make_calendar(hours: str = "09:00-17:00", *, weekend: str = "", **values: Any) -> Calendar:
    """``hours`` from Monday to Friday."""
    five, two = ([span.split("-") for span in text.split(",") if span] for text in (hours, weekend))
    return Calendar.objects.create(**{"name": f"Hours {next(_numbers)}", "hours": [five] * 5 + [two] * 2} | values)


def make_team(*members: User, **values: Any) -> Team:
    team = Team.objects.create(**{"name": f"Team {next(_numbers)}"} | values)
    team.members.set(members)
    return team


def make_assignment_rule(*people: User, offers: Sequence[Offer] = (), **values: Any) -> AssignmentRule:
    """In turn, for every lead, after those made before it."""
    number = next(_numbers)
    rule = AssignmentRule.objects.create(**{"name": f"Rule {number}", "position": number} | values)
    rule.people.set(people)
    rule.offers.set(offers)
    return rule


def make_service_level(**values: Any) -> ServiceLevel:
    number = next(_numbers)
    return ServiceLevel.objects.create(**{"name": f"Level {number}", "position": number} | values)


def make_absence(user: User, **values: Any) -> Absence:
    """From an hour ago until in an hour."""
    hour, now = timedelta(hours=1), timezone.now()
    return Absence.objects.create(**{"user": user, "begins_at": now - hour, "ends_at": now + hour} | values)


def make_country_group(*countries: str, **values: Any) -> CountryGroup:
    given = {"name": f"Group {next(_numbers)}", "countries": list(countries) or ["DE", "AT"]}
    return CountryGroup.objects.create(**given | values)


def make_sales_notice(user: User | None = None, lead: Lead | None = None, **values: Any) -> SalesNotice:
    """That a person of theirs came again, waiting to be sent."""
    recipient = {} if {"team", "address"} & values.keys() else {"user": user or make_user()}
    lead = lead or make_lead(owner=user, opened_at=timezone.now())
    given = {"kind": SalesKind.AGAIN, "lead": lead, "event": event_of(lead), "created_at": timezone.now()}
    return SalesNotice.objects.create(**given | recipient | values)


def make_score_rule(**values: Any) -> ScoreRule:
    """Ten points for a phone number."""
    return ScoreRule.objects.create(**{"trait": ScoreRule.Trait.PHONE, "points": 10} | values)
