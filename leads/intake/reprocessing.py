"""Read again what could not be read: after a new version of Lead CRM, or after its settings changed."""

from django.db.models import Q, QuerySet

from leads.models import InboundRequest
from leads.states import InboundState


def unread(requests: QuerySet[InboundRequest]) -> QuerySet[InboundRequest]:
    """Those of them that could not be read and may be by now. One that was too large may not: only its first part was
    kept, and no lead can be read from that; nor one whose body was taken away."""
    gone = Q(body=b"", body_size__gt=0)
    return requests.filter(state=InboundState.REJECTED).exclude(reason="too_large").exclude(gone)


def process_again(requests: QuerySet[InboundRequest]) -> int:
    """Those that could not be read wait to be read once more. Returns how many moved.

    One UPDATE that names the state it leaves, so that of two people who press at once one wins.
    """
    return unread(requests).update(
        state=InboundState.RECEIVED, reason="", reason_params={}, remarks=[], repeat_of=None, processed_at=None
    )
