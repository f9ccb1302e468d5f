"""One lead, for who is about to do something with it."""

from uuid import UUID

from leads.models import Lead


def hold(lead_id: UUID) -> Lead:
    """The lead, locked until the transaction ends; of one that became part of another meanwhile, that one. Raises
    ``Lead.DoesNotExist``."""
    while True:
        lead = Lead.objects.shown().select_for_update(of=("self",)).filter(pk=lead_id).first()
        if lead:
            return lead
        lead_id = Lead.objects.values_list("merged_into", flat=True).get(pk=lead_id) or lead_id
