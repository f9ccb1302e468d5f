"""Where the marketplace posts. It sends each lead once, so nothing comes before the commit that is not needed for it.

One query finds the secret, one INSERT keeps the request; no serializer, no broker, no DNS. The answers:
200 kept · 400 kept, but no lead in it · 404 no such address · 405 not a POST · 413 first part kept ·
429 far too many · 503 nothing could be kept.
"""

import logging
from http import HTTPStatus

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from leads.api.limits import PerMinute
from leads.api.posting import posted_request
from leads.hints import after_commit
from leads.intake.receiving import receive
from leads.marketplace.remark import Remark
from leads.models import EndpointSecret, InboundRequest
from leads.states import InboundState
from leads.tasks import interpret_inbound

logger = logging.getLogger(__name__)

_limit = PerMinute()


@csrf_exempt
def webhook(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep what was posted and answer with its receipt."""
    try:
        known = EndpointSecret.objects.matching(secret)
        if known is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if _limit.exceeded(known.endpoint_id, settings.LEADCRM_WEBHOOK_LIMIT_PER_MINUTE):
            return _try_again(HTTPStatus.TOO_MANY_REQUESTS, seconds=60)
        kept = receive(known, posted_request(request))
    except DatabaseTrouble as error:
        logger.error("A posted lead could not be stored: %s", type(error).__name__)
        return _try_again(HTTPStatus.SERVICE_UNAVAILABLE, seconds=5)
    return _answer(kept)


def _answer(kept: InboundRequest) -> JsonResponse:
    if kept.state == InboundState.REJECTED:
        too_large = kept.reason == "too_large"
        remark = Remark(kept.reason, kept.reason_params)
        return JsonResponse(
            {"status": "rejected", "receipt": str(kept.id), "reason": remark.code, "message": remark.sentence},
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST,
        )
    after_commit(interpret_inbound)
    return JsonResponse({"status": "accepted", "receipt": str(kept.id)})


def _try_again(status: HTTPStatus, *, seconds: int) -> JsonResponse:
    return JsonResponse({"status": "not_kept", "retry_after": seconds}, status=status, headers={"Retry-After": seconds})
