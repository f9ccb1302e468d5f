"""Files as people upload them, and batches that are worked off here instead of by a worker."""

import csv
import io
from typing import Any

from django.contrib.auth.models import User

from leads.importing import jobs, storing
from leads.importing.columns import folded
from leads.importing.storing import Uploaded
from leads.models import ImportJob
from tests.factories import make_user

PARTNER_CENTER = (
    *("Referral ID", "Creation Date", "Updated Date", "PartnerID", "Customer Country", "Customer City"),
    *("Customer Name", "Lead Type", "Lead Source", "Call to action", "Referral program", "Business profile ID"),
    *("Offer ID", "Offer name", "Lead currency", "Lead value", "Lead value (USD)", "Status", "Status Reason"),
)
CONTACT = ("First name", "Last name", "E-mail", "Phone", "Title")

SAMPLE = {
    "Referral ID": "r-1",
    "Creation Date": "2026-03-01T09:30:00Z",
    "Customer Country": "Korea",
    "Customer City": "Seoul",
    "Customer Name": "Fabrikam",
    "Lead Type": "Marketplace",
    "Lead Source": "Azure Marketplace",
    "Call to action": "Contact me",
    "Offer ID": "contoso.firewall",
    "Offer name": "Contoso Firewall",
    "Status": "New",
    "First name": "Mina",
    "Last name": "Park",
    "E-mail": "mina@fabrikam.example",
}


def row(**cells: str) -> dict[str, str]:
    """The sample with other cells: names of columns with underscores for what is no letter."""
    named = {folded(header): header for header in (*PARTNER_CENTER, *CONTACT)}
    return SAMPLE | {named[folded(name)]: text for name, text in cells.items()}


def text_of(*rows: dict[str, str], headers: tuple[str, ...] = (*PARTNER_CENTER, *CONTACT), delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headers, restval="", extrasaction="ignore", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def uploaded(*rows: dict[str, str], name: str = "leads.csv", **more: Any) -> Uploaded:
    return Uploaded(name, text_of(*rows, **more).encode())


def checked(*files: Uploaded, user: User | None = None) -> ImportJob:
    """Uploaded and checked."""
    return worked_off(storing.store(user or make_user(), files))


def imported(*rows: dict[str, str], forwards: bool = False, gives_owners: bool = True) -> ImportJob:
    job = checked(uploaded(*rows))
    jobs.start(job, forwards=forwards, gives_owners=gives_owners)
    return worked_off(job)


def worked_off(job: ImportJob) -> ImportJob:
    while jobs.work_off_page(job.pk):
        pass
    job.refresh_from_db()
    return job


def reverted(job: ImportJob) -> ImportJob:
    jobs.revert(job)
    return worked_off(job)
