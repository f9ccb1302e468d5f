"""Keep a request before anybody tries to understand it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leads.marketplace.body import UnreadablePayload, read_leads
from leads.marketplace.remark import Remark
from leads.models import EndpointSecret, InboundRequest
from leads.states import InboundState

LARGEST_BODY = 1024 * 1024
KEPT_OF_TOO_LARGE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedRequest:
    """What came over the wire. ``size`` is the number of bytes announced or read, ``body`` what was kept of them."""

    body: bytes
    size: int
    is_complete: bool = True
    received_at: datetime
    source_address: str | None
    content_type: str
    user_agent: str


def receive(secret: EndpointSecret, posted: PostedRequest, receipt: UUID) -> InboundRequest:
    """Store the request with one INSERT, which is committed when this returns.

    What cannot be read is stored too, as rejected with the reason, and can be processed again.
    """
    inbound = inbound_of(secret, posted, receipt)
    inbound.save(force_insert=True)
    return inbound


def inbound_of(secret: EndpointSecret, posted: PostedRequest, receipt: UUID) -> InboundRequest:
    """The row that keeps the request, not yet saved."""
    refusal = refusal_of(posted)
    return InboundRequest(
        id=receipt,
        endpoint_id=secret.endpoint_id,
        secret=secret,
        received_at=posted.received_at,
        source_address=posted.source_address,
        content_type=posted.content_type[:200],
        user_agent=posted.user_agent[:300],
        body=posted.body,
        body_size=posted.size,
        state=InboundState.REJECTED if refusal else InboundState.RECEIVED,
        reason=refusal.code if refusal else "",
        reason_params=dict(refusal.params) if refusal else {},
    )


def refusal_of(posted: PostedRequest) -> Remark | None:
    """Why no lead can be read from it, or ``None``."""
    if posted.size > LARGEST_BODY:
        return Remark("too_large", {"size": posted.size, "limit": LARGEST_BODY})
    if not posted.is_complete:
        return Remark("cut_off", {"size": len(posted.body)})
    try:
        read_leads(posted.body)
    except UnreadablePayload as error:
        return error.remark
    return None
