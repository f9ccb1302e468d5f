"""Where the marketplace posts. It sends each lead once, so nothing comes before the commit that is not needed for it.

One query finds the secret, one INSERT keeps the request; no serializer, no broker, no DNS. When the database does not
take it within two seconds, a file does (``leads.intake.spool``). The answers:
200 kept · 400 kept, but no lead in it · 404 no such address · 405 not a POST · 413 first part kept ·
429 far too many · 503 nothing could be kept.
"""

import logging
from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from leads.api.arrival_log import log_arrival
from leads.api.limits import PerMinute
from leads.api.patience import TooSlow, patience
from leads.api.posting import posted_request
from leads.hints import after_commit
from leads.intake import spool
from leads.intake.receiving import receive, refusal_of
from leads.intake.spool import Spooled, SpoolFull
from leads.marketplace.remark import Remark
from leads.models import EndpointSecret
from leads.models.ids import new_id
from leads.states import InboundState
from leads.tasks import interpret_inbound

logger = logging.getLogger(__name__)

_limit = PerMinute()
_seen: set[str] = set()
"""Digests of addresses that this process found to exist: what is posted there during an outage is no guess."""


class FarTooMany(Exception):
    """More in a minute than any real sender posts."""


@csrf_exempt
def webhook(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep what was posted and answer with its receipt."""
    digest = EndpointSecret.digest_of(secret)
    if request.method != "POST":
        return _answer_other_methods(digest)
    posted = Spooled(new_id(), digest, posted_request(request))
    answer = _keep(posted)
    log_arrival(request, posted, answer)
    return answer


def _keep(posted: Spooled) -> HttpResponse:
    try:
        refusal = patience.result_of(partial(_store, posted))
    except FarTooMany:
        return _try_again(HTTPStatus.TOO_MANY_REQUESTS, seconds=60)
    except (DatabaseTrouble, TooSlow) as error:
        logger.error("The database does not take a posted lead: %s", type(error).__name__)
        if not _spool(posted):
            return _try_again(HTTPStatus.SERVICE_UNAVAILABLE, seconds=5)
        refusal = refusal_of(posted.posted)
    return _answer(posted.receipt, refusal)


def _answer_other_methods(digest: str) -> HttpResponse:
    try:
        _known(digest)
    except DatabaseTrouble:
        return _try_again(HTTPStatus.SERVICE_UNAVAILABLE, seconds=5)
    return HttpResponseNotAllowed(["POST"])


def _known(digest: str) -> EndpointSecret:
    """Raises ``Http404`` when there is no such address."""
    known = EndpointSecret.objects.matching(digest)
    if known is None:
        raise Http404
    _seen.add(digest)
    return known


def _store(posted: Spooled) -> Remark | None:
    """Why no lead can be read from it, if so."""
    known = _known(posted.digest)
    if _limit.exceeded(known.endpoint_id, settings.LEADCRM_WEBHOOK_LIMIT_PER_MINUTE):
        raise FarTooMany
    kept = receive(known, posted.posted, posted.receipt)
    if kept.state == InboundState.REJECTED:
        return Remark(kept.reason, kept.reason_params)
    after_commit(interpret_inbound)
    return None


def _spool(posted: Spooled) -> bool:
    try:
        spool.write(posted, is_known=posted.digest in _seen)
    except (OSError, SpoolFull) as error:
        logger.critical("A posted lead could not be spooled either, and is lost: %s", type(error).__name__)
        return False
    return True


def _answer(receipt: UUID, refusal: Remark | None) -> JsonResponse:
    if refusal:
        too_large = refusal.code == "too_large"
        return JsonResponse(
            {"status": "rejected", "receipt": str(receipt), "reason": refusal.code, "message": refusal.sentence},
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST,
        )
    return JsonResponse({"status": "accepted", "receipt": str(receipt)})


def _try_again(status: HTTPStatus, *, seconds: int) -> JsonResponse:
    return JsonResponse({"status": "not_kept", "retry_after": seconds}, status=status, headers={"Retry-After": seconds})
