"""What a lead is found by: its searchable text, and the keys of its person and company."""

from leads.marketplace.address import company_domain, person_key
from leads.marketplace.phone import phone_e164
from leads.models import Lead

READ = ("first_name", "last_name", "email", "phone", "company", "offer_title", "country_code")
WRITTEN = ("search_text", "email_key", "phone_key", "mail_domain", "to_compare")


def set_found_by(lead: Lead) -> None:
    """``WRITTEN`` from ``READ``, and from what the leads that became part of it were found by. Nothing is stored."""
    keys = (lead.email_key, lead.phone_key)
    texts = (lead.first_name, lead.last_name, lead.email, lead.company, lead.phone, lead.offer_title, lead.merged_text)
    lead.search_text = Lead.searchable(" ".join(texts))
    lead.email_key = person_key(lead.email)
    lead.mail_domain = company_domain(lead.email)
    lead.phone_key = phone_e164(lead.phone, lead.country_code)
    lead.to_compare = lead.to_compare or keys != (lead.email_key, lead.phone_key)
