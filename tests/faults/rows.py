"""The rows of the installation under test, read and written with the product's own models."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Attempt, Delivery, Destination, DestinationGate, InboundRequest, Lead, Route, Touch
from leads.models.ids import new_id
from leads.states import DeliveryState, InboundState
from tests.faults import passing_time
from tests.faults.databases import Database

ALIAS = "under_test"
PAGE = 500


def connect(database: Database) -> None:
    """Make it a database of this process, beside that of the tests."""
    known = {"default": connections.databases["default"], ALIAS: database.as_setting()}
    connections.databases[ALIAS] = connections.configure_settings(known)[ALIAS]


def disconnect() -> None:
    """Also after the server hung up: the next query connects anew."""
    connections[ALIAS].close()


def deliveries(*destination_ids: int) -> QuerySet[Delivery]:
    return Delivery.objects.using(ALIAS).filter(destination_id__in=destination_ids)


def attempts(*destination_ids: int) -> QuerySet[Attempt]:
    return Attempt.objects.using(ALIAS).filter(delivery__destination_id__in=destination_ids)


def touches(*destination_ids: int) -> QuerySet[Touch]:
    """Those that are to go to one of these."""
    going = deliveries(*destination_ids).values("touch_id")
    return Touch.objects.using(ALIAS).filter(id__in=going)


def gate(destination_id: int) -> DestinationGate:
    return _gates(destination_id).get()


def change_gate(destination_id: int, **values: Any) -> None:
    _gates(destination_id).update(**values)


def inbound() -> QuerySet[InboundRequest]:
    return InboundRequest.objects.using(ALIAS)


def now() -> datetime:
    """By the database's clock."""
    found: datetime = Destination.objects.using(ALIAS).annotate(now=Now()).values_list("now", flat=True)[0]
    return found


def add_destination(name: str, url: str, *, recognises_repeats: bool, is_routed: bool) -> Destination:
    """An HTTPS endpoint; what is posted from now on goes there too, if it is routed."""
    chosen = {"url": url, "signed": False, "recognises_repeats": recognises_repeats, "answer_holds_id": True}
    destination = Destination.objects.using(ALIAS).create(name=name, kind="https", settings=chosen)
    DestinationGate.objects.using(ALIAS).create(destination=destination)
    if is_routed:
        Route.objects.using(ALIAS).create(destination=destination)
    return destination


def move(destination_id: int, url: str) -> None:
    """It has another address from now on."""
    destination = Destination.objects.using(ALIAS).get(pk=destination_id)
    destination.settings |= {"url": url}
    destination.save(using=ALIAS)


def disable(*destination_ids: int) -> None:
    """These, or all."""
    chosen = Destination.objects.using(ALIAS)
    (chosen.filter(pk__in=destination_ids) if destination_ids else chosen).update(enabled=False)


def add_backlog(destination_id: int, emails: Sequence[str], **values: Any) -> None:
    """Leads that were posted and read earlier, and wait for this destination; one for each address."""
    some = inbound().filter(state=InboundState.ACCEPTED).order_by("id").first()
    assert some is not None, "post a lead first: the rows are like its"
    model = Touch.objects.using(ALIAS).filter(inbound_request=some)[0]
    for page in batched(emails, PAGE):
        _add_page(destination_id, model, page, values)


def _add_page(destination_id: int, model: Touch, emails: Sequence[str], values: dict[str, Any]) -> None:
    at = timezone.now()
    requests, leads, made = [], [], []
    for email in emails:
        request = InboundRequest(
            id=new_id(),
            endpoint_id=model.endpoint_id,
            received_at=at,
            body=b"{}",
            body_size=2,
            state=InboundState.ACCEPTED,
        )
        lead = Lead(first_name="Mina", last_name="Park", email=email, first_touch_at=at, last_touch_at=at)
        requests.append(request)
        leads.append(lead)
        person = {"first_name": "Mina", "last_name": "Park", "email": email, "email_key": email}
        known = {"endpoint_id": model.endpoint_id, "received_at": at, "quality": model.quality}
        made.append(Touch(inbound_request=request, lead=lead, **person, **known, source=model.source, action="INS"))
    with transaction.atomic(using=ALIAS):
        InboundRequest.objects.using(ALIAS).bulk_create(requests)
        Lead.objects.using(ALIAS).bulk_create(leads)
        Touch.objects.using(ALIAS).bulk_create(made)
        Delivery.objects.using(ALIAS).bulk_create(
            Delivery(touch=touch, destination_id=destination_id, **values) for touch in made
        )


def let_claims_end(*destination_ids: int) -> None:
    """As if the time of the claims that are open now were over."""
    sending = deliveries(*destination_ids).filter(state=DeliveryState.SENDING)
    sending.update(claimed_until=Now() - timedelta(seconds=1))


def let_pass(destination_id: int, time: timedelta) -> None:
    """For what waits for this destination, and for its gate."""
    waiting = deliveries(destination_id).filter(state=DeliveryState.QUEUED)
    with transaction.atomic(using=ALIAS):
        passing_time.let_pass(time, waiting, _gates(destination_id))


def _gates(destination_id: int) -> QuerySet[DestinationGate]:
    return DestinationGate.objects.using(ALIAS).filter(pk=destination_id)
