"""What the columns of a file hold: known by their headers, or said by a person. Pure.

The headers of Partner Center's file are those of Microsoft's "Referral analytics data definition".
"""

import hashlib
from collections.abc import Iterable, Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _


class Column(models.TextChoices):
    REFERRAL_ID = "referral_id", _("Referral ID")
    CREATED = "created", _("Creation date")
    FIRST_NAME = "first_name", _("First name")
    LAST_NAME = "last_name", _("Last name")
    FULL_NAME = "full_name", _("Whole name")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    COMPANY = "company", _("Company")
    TITLE = "title", _("Job title")
    COUNTRY = "country", _("Country")
    SOURCE = "source", _("Lead source")
    ACTION = "action", _("What the person did")
    OFFER_ID = "offer_id", _("Offer ID")
    OFFER_TITLE = "offer_title", _("Offer name")
    NOTE = "note", _("Customer's note")
    STATUS = "status", _("Status")
    STATUS_REASON = "status_reason", _("Status reason")
    KEEP = "keep", _("Keep it beside the lead")
    OMIT = "omit", _("Leave it out")


MANY = (Column.KEEP, Column.OMIT)
"""What any number of columns may be."""

WHO = (Column.EMAIL, Column.PHONE, Column.COMPANY, Column.FIRST_NAME, Column.LAST_NAME, Column.FULL_NAME)
"""Without any of these nobody is named."""

_HEADERS = {
    Column.REFERRAL_ID: ("Referral ID",),
    Column.CREATED: ("Creation Date", "Created Date", "Created", "Created on", "Date", "Erstellt am", "생성일"),
    Column.FIRST_NAME: ("First name", "Given name", "Contact first name", "Customer first name", "Vorname", "이름"),
    Column.LAST_NAME: ("Last name", "Surname", "Family name", "Contact last name", "Nachname", "성"),
    Column.FULL_NAME: ("Full name", "Name", "Contact name", "Contact", "Person", "성명"),
    Column.EMAIL: ("E-mail", "Email address", "E-mail address", "Contact email", "Customer email", "Mail", "이메일"),
    Column.PHONE: ("Phone", "Phone number", "Telephone", "Contact phone", "Mobile", "Telefon", "전화"),
    Column.COMPANY: ("Customer Name", "Company", "Company name", "Organization", "Account", "Firma", "회사"),
    Column.TITLE: ("Title", "Job title", "Position", "Contact title", "Customer title", "직함"),
    Column.COUNTRY: ("Customer Country", "Country", "Country/Region", "Customer country/region", "Land", "국가"),
    Column.SOURCE: ("Lead Source", "Source"),
    Column.ACTION: ("Call to action", "Action", "Action code"),
    Column.OFFER_ID: ("Offer ID",),
    Column.OFFER_TITLE: ("Offer name", "Offer", "Offer title"),
    Column.NOTE: ("Description", "Notes", "Note", "Customer notes", "Message", "Comments"),
    Column.STATUS: ("Status",),
    Column.STATUS_REASON: ("Status Reason",),
    Column.KEEP: (
        *("Updated Date", "PartnerID", "Customer City", "Lead Type", "Referral program", "Business profile ID"),
        *("Lead currency", "Lead value", "Lead value (USD)"),
    ),
    Column.OMIT: ("Row", "What is wrong"),  # of a file with rows that were not imported
}  # fmt: skip


def folded(text: str) -> str:
    """Letters and digits alone, without regard to case."""
    return "".join(filter(str.isalnum, text.casefold()))


_KNOWN = {folded(header): column for column, headers in _HEADERS.items() for header in headers}


def suggested(headers: Iterable[str]) -> list[Column]:
    """What each of them holds as far as its header says; what is not known, or known twice, is kept as it is."""
    columns: list[Column] = []
    for header in headers:
        column = _KNOWN.get(folded(header), Column.KEEP)
        columns.append(Column.KEEP if column in columns and column not in MANY else column)
    return columns


def is_known(header: str) -> bool:
    return folded(header) in _KNOWN


def names_somebody(columns: Iterable[str]) -> bool:
    return any(column in WHO for column in columns)


def key_of(headers: Sequence[str]) -> str:
    """Equal for files with the same headers in the same order."""
    return hashlib.sha256("\n".join(map(folded, headers)).encode()).hexdigest()
