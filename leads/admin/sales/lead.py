"""Leads: their list and the card of each."""

from django.contrib import admin

from leads.admin.sales.lead_card import LeadCard
from leads.admin.sales.lead_list import LeadList
from leads.models import Lead


@admin.register(Lead)
class LeadAdmin(LeadList, LeadCard):
    """Sales staff work here."""
