"""``export_leads``: the leads that somebody sees, as CSV on the standard output."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from leads.csv_cells import as_csv
from leads.exporting.choosing import FilterGone, leads_of
from leads.exporting.columns import pages_of
from leads.exporting.files import csv_head
from leads.exporting.jobs import PERMISSION, note_in_log, wording_of
from leads.management.ops_command import Exit, OpsCommand, wrong_usage
from leads.models import ExportJob, SavedView
from leads.models.export_job import ExportFault, ExportState


class Command(OpsCommand):
    help = gettext_lazy("Write the leads that a user sees to the standard output, as CSV.")
    good = gettext_lazy("written, also when there were none")
    not_good = gettext_lazy("not used")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="USERNAME", required=True, help=_("whose leads, zone and permissions"))
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--view", metavar="NAME", help=_("only those of this saved view of the user"))
        text = _("only those of this address of the list, such as stage__exact=new")
        which.add_argument("--query", metavar="FILTERS", help=text)

    def run(self, *, user: str, view: str | None, query: str | None, **options: Any) -> Exit:
        person = _person(user)
        filters = _query_of(person, view) if view else (query or "").removeprefix("?")
        job = ExportJob(asked_by=person, query=filters, language=get_language() or "en", state=ExportState.DONE)
        try:
            pages = pages_of(leads_of(person, filters), wording_of(person))
        except FilterGone:
            raise wrong_usage(str(ExportFault.FILTER.label)) from None
        self.stdout.write(csv_head(), ending="")
        for page in pages:
            self.stdout.write(as_csv(page.rows), ending="")
            job.done += len(page.rows)
            job.held_back += page.held_back
        job.finished_at = timezone.now()
        job.save()
        note_in_log(job)
        return Exit.GOOD


def _person(username: str) -> User:
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise wrong_usage(_("There is no active user “%(name)s”.") % {"name": username})
    if not person.has_perm(PERMISSION):
        text = _("The user “%(name)s” may not export leads: the permission %(permission)s is missing.")
        raise wrong_usage(text % {"name": username, "permission": PERMISSION})
    return person


def _query_of(person: User, name: str) -> str:
    """Of a view of their own."""
    views = SavedView.objects.filter(owner=person)
    if view := views.filter(name=name).first():
        return view.query
    known = ", ".join(views.values_list("name", flat=True)) or "–"
    text = _("The user has no saved view “%(name)s”. These there are: %(known)s")
    raise wrong_usage(text % {"name": name, "known": known})
