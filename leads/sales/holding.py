"""Leads that somebody is about to do something with, locked until the transaction ends.

Always in the order of their ids, or people and touches would wait for each other. Whoever finds that what was locked is
not what was looked for lets go of it before looking again.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from leads.models import Lead


def hold(lead_id: UUID) -> Lead:
    """One; where it became part of another, that one. Raises ``Lead.DoesNotExist``."""
    while True:
        lead_id = Lead.objects.values_list("merged_into", flat=True).get(pk=lead_id) or lead_id
        with transaction.atomic():
            lead = Lead.objects.shown().select_for_update(of=("self",)).filter(pk=lead_id).first()
            if lead:
                return lead
            transaction.set_rollback(True)


def hold_families(lead_ids: Collection[UUID]) -> dict[UUID, Lead]:
    """These, and those that became part of them."""
    family = Lead.objects.filter(Q(pk__in=lead_ids) | Q(merged_into__in=lead_ids)).order_by("id")
    while True:
        keys = list(family.values_list("pk", flat=True))
        with transaction.atomic():
            found = {lead.pk: lead for lead in Lead.objects.filter(pk__in=keys).order_by("id").select_for_update()}
            if keys == list(family.values_list("pk", flat=True)):
                return found
            transaction.set_rollback(True)
