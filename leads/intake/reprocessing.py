"""Read again what could not be read: after a new version of Lead CRM, or after its settings changed."""

from django.db.models import QuerySet

from leads.models import InboundRequest
from leads.states import InboundState


def process_again(requests: QuerySet[InboundRequest]) -> int:
    """Rejected requests wait to be read once more. Returns how many moved.

    One UPDATE that names the state it leaves, so that of two people who press at once one wins. A request that was too
    large stays rejected: only its first part was kept, and no lead can be read from that.
    """
    rejected = requests.filter(state=InboundState.REJECTED).exclude(reason="too_large")
    return rejected.update(
        state=InboundState.RECEIVED, reason="", reason_params={}, remarks=[], repeat_of=None, processed_at=None
    )
