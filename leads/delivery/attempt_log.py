"""One line in the log for each attempt that ended: ids and numbers, never what is in the record or in the answer.

``receipt`` is the id of the inbound request, which its sender was given and the line of its arrival names too.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

from leads.delivery.claiming import Claim
from leads.delivery.sending import Sent
from leads.models import Delivery, Destination
from leads.states import AttemptResult

logger = logging.getLogger(__name__)


def log_attempts(claim: Claim, sent: Sequence[Sent]) -> None:
    """Those of a claim, once they are completed and committed."""
    for item in sent:
        attempt, touch = claim.attempts[item.delivery.id], item.delivery.touch
        outcome = {
            "result": attempt.result,
            "cause": attempt.cause,
            "http_status": attempt.http_status,
            "duration_ms": attempt.duration_ms,
            "is_late": attempt.is_late or None,
        }
        way = {"receipt": touch.inbound_request_id, "lead": touch.lead_id, "attempt": attempt.id}
        level = logging.INFO if attempt.result == AttemptResult.DELIVERED else logging.WARNING
        _log(level, item.delivery, claim.destination, outcome | way | {"claim": claim.id})


def log_lost_claims(deliveries: Iterable[Delivery], result: AttemptResult) -> None:
    """Attempts whose worker vanished, as they were before they were settled."""
    for delivery in deliveries:
        outcome = {"result": result, "cause": "claim_lost", "claim": delivery.claim_id}
        _log(logging.WARNING, delivery, delivery.destination, outcome)


def _log(level: int, delivery: Delivery, destination: Destination, outcome: Mapping[str, object]) -> None:
    to = {"destination": destination.pk, "kind": destination.kind}
    ids = {"delivery": delivery.id, "touch": delivery.touch_id}
    logger.log(level, "attempt", extra={"facts": {**outcome, **to, **ids}})
