"""Which touches go to which destination, and the deliveries that follow from it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from leads.models import Delivery, Destination, Route, Touch
from leads.policy import judge
from leads.states import DeliveryState, Priority, PrivacyAction


@dataclass(frozen=True, slots=True)
class RouteRule:
    """A route's conditions as sets; an empty set lets everything through. Texts are compared in lower case."""

    route_id: int | None
    destination: Destination
    offer_ids: frozenset[int]
    sources: frozenset[str]
    actions: frozenset[str]
    countries: frozenset[str]

    def lets_through(self, touch: Touch) -> bool:
        return all(
            not wanted or given in wanted
            for wanted, given in (
                (self.offer_ids, touch.offer_id),
                (self.sources, touch.source.casefold()),
                (self.actions, touch.action.casefold()),
                (self.countries, touch.country_code.casefold()),
            )
        )


def load_rules() -> list[RouteRule]:
    """The enabled routes to enabled destinations, oldest first. One query, with a row for each offer of a route."""
    routes = Route.objects.filter(enabled=True, destination__enabled=True).select_related("destination__gate")
    rows = list(routes.annotate(wanted_offer=F("offers")).order_by("id"))
    offers: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row.wanted_offer is not None:
            offers[row.pk].add(row.wanted_offer)
    return [
        RouteRule(
            route_id=route.pk,
            destination=route.destination,
            offer_ids=frozenset(offers[route.pk]),
            sources=_folded(route.sources),
            actions=_folded(route.actions),
            countries=_folded(route.countries),
        )
        for route in {row.pk: row for row in rows}.values()
    ]


def queue_deliveries(touches: Iterable[Touch], rules: Sequence[RouteRule]) -> set[Destination]:
    """Make the deliveries of these touches, in the transaction that stores or maps the touches.

    The first route to a destination counts; deliveries that exist already stay as they are. Returns the
    destinations that have something to send.
    """
    deliveries = deliveries_of(touches, rules)
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    return {delivery.destination for delivery in deliveries if delivery.state == DeliveryState.QUEUED}


def deliveries_of(
    touches: Iterable[Touch], rules: Sequence[RouteRule], *, priority: Priority = Priority.FRESH
) -> list[Delivery]:
    """What the rules make of the touches, not stored yet: queued or withheld, as policy says. What was erased goes
    nowhere."""
    known = [touch for touch in touches if touch.erased_at is None]
    return [_delivery(touch, rule, priority) for touch in known for rule in _first_to_each_destination(touch, rules)]


def _first_to_each_destination(touch: Touch, rules: Sequence[RouteRule]) -> Iterable[RouteRule]:
    chosen: dict[int, RouteRule] = {}
    for rule in rules:
        if rule.lets_through(touch):
            chosen.setdefault(rule.destination.pk, rule)
    return chosen.values()


def _delivery(touch: Touch, rule: RouteRule, priority: Priority) -> Delivery:
    verdict = judge(
        is_test=touch.is_test,
        is_dnc=touch.is_dnc,
        privacy=PrivacyAction(touch.privacy),
        takes_test_leads=rule.destination.takes_test_leads,
        takes_do_not_contact=rule.destination.takes_do_not_contact,
    )
    return Delivery(
        touch=touch,
        destination=rule.destination,
        route_id=rule.route_id,
        state=DeliveryState.WITHHELD if verdict.withheld else DeliveryState.QUEUED,
        reason=verdict.withheld or "",
        without_personal_data=verdict.without_personal_data,
        priority=priority,
        deadline_at=Now() + settings.LEADCRM_DELIVERY_DEADLINE,
    )


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text.casefold() for text in texts)
