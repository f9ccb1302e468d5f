"""Take back what dead workers held, and give up what waited too long. Run often, by any number of workers at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Now

from leads.delivery.attempt_log import log_lost_claims
from leads.delivery.connecting import CannotConnect, connector_of, recognises_repeats
from leads.delivery.looking import look_after
from leads.models import Attempt, Delivery, Destination
from leads.pacing import retry
from leads.states import AttemptResult, DeliveryState

PAGE = 200
MOST_LOST_CLAIMS = 3
WHY_GIVEN_UP = Case(When(look_from__isnull=False, then=Value("may_have_arrived")), default=Value("waited_too_long"))


class Settlement(NamedTuple):
    """What becomes of a delivery whose claim ended without a result, and of the attempt."""

    state: DeliveryState
    reason: str
    result: AttemptResult
    wait: timedelta = timedelta(0)
    look_after: timedelta | None = None
    """When it is looked for before it is sent again; ``None``: what is known of it stays as it is."""


def settle_expired_claims() -> set[int]:
    """Settle up to 200 deliveries whose claim ended without a result; returns the destinations concerned."""
    if not Delivery.objects.expired_claims().exists():
        return set()
    with transaction.atomic():
        expired = list(
            Delivery.objects.expired_claims()
            .select_related("destination", "touch")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("claimed_until", "id")[:PAGE]
        )
        settled = _by_settlement(expired)
        for settlement, deliveries in settled.items():
            _apply(settlement, deliveries)
    for settlement, deliveries in settled.items():
        log_lost_claims(deliveries, settlement.result)
    return {delivery.destination_id for delivery in expired}


def settle(
    *, recognises_repeats: bool, was_marked: bool, lost_claims: int, look_after: timedelta | None = None
) -> Settlement:
    """The rule. ``lost_claims`` counts this one. Only what would not be recognised a second time is ever marked, and
    tried again only where it can be looked for first: ``look_after`` so long. Pure.

    A delivery whose workers vanished three times is not tried again by itself: it may be what kills them.
    """
    result = AttemptResult.UNANSWERED if recognises_repeats or was_marked else AttemptResult.NOT_SENT
    is_last = lost_claims >= MOST_LOST_CLAIMS
    if was_marked and (is_last or look_after is None):
        return Settlement(DeliveryState.FAILED, "may_have_arrived", result, look_after=look_after)
    if is_last:
        return Settlement(DeliveryState.FAILED, "made_workers_stop", result)
    wait = retry.wait_after(lost_claims - 1, settings.LEADCRM_RETRY_WAITS) if lost_claims > 1 else None
    wait = max(wait or timedelta(0), retry.at_least(look_after))
    return Settlement(DeliveryState.QUEUED, "claim_lost", result, wait, look_after)


def give_up_overdue() -> int:
    """Fail what waited past its deadline behind an open gate; nothing is dropped, a person can send it again.

    It reads all that is queued, so it is for every few minutes, not for every few seconds.
    """
    given_up = 0
    while ids := list(_overdue().values_list("id", flat=True)[:PAGE]):
        still_queued = Delivery.objects.filter(id__in=ids, state=DeliveryState.QUEUED)
        given_up += still_queued.update(state=DeliveryState.FAILED, reason=WHY_GIVEN_UP)
    return given_up


def _overdue() -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        state=DeliveryState.QUEUED,
        deadline_at__lt=Now(),
        destination__enabled=True,
        destination__gate__paused_at=None,
    ).order_by()


def _by_settlement(expired: Sequence[Delivery]) -> dict[Settlement, list[Delivery]]:
    marked = _marked_as_sent(expired)
    recognising: dict[Destination, bool] = {}
    grouped = defaultdict(list)
    for delivery in expired:
        destination = delivery.destination
        if destination not in recognising:
            recognising[destination] = recognises_repeats(destination)
        settlement = settle(
            recognises_repeats=recognising[destination],
            was_marked=delivery.id in marked,
            lost_claims=delivery.lost_claims + 1,
            look_after=_look_after(delivery) if delivery.id in marked else None,
        )
        grouped[settlement].append(delivery)
    return grouped


def _look_after(delivery: Delivery) -> timedelta | None:
    """No call is made."""
    try:
        return look_after(connector_of(delivery.destination), delivery)
    except CannotConnect:
        return None


def _marked_as_sent(expired: Sequence[Delivery]) -> set[UUID]:
    return set(
        Attempt.objects.filter(
            delivery__in=expired, claim_id__in={delivery.claim_id for delivery in expired}, sent_at__isnull=False
        ).values_list("delivery_id", flat=True)
    )


def _apply(settlement: Settlement, deliveries: Sequence[Delivery]) -> None:
    Attempt.objects.filter(
        delivery__in=deliveries, claim_id__in={delivery.claim_id for delivery in deliveries}, finished_at=None
    ).update(finished_at=Now(), result=settlement.result, cause="claim_lost")
    doubt = {} if settlement.look_after is None else {"look_from": Now() + settlement.look_after}
    Delivery.objects.filter(id__in=[delivery.id for delivery in deliveries], state=DeliveryState.SENDING).update(
        **doubt,
        state=settlement.state,
        reason=settlement.reason,
        claim_id=None,
        claimed_until=None,
        lost_claims=F("lost_claims") + 1,
        next_attempt_at=Now() + retry.jittered(settlement.wait),
    )
