"""``import_leads FILE…``: leads from CSV files, after showing what would become of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import hints
from leads.importing import jobs, storing, wording
from leads.importing.making import LEADS, TOUCHES
from leads.importing.storing import Refused, Uploaded
from leads.management.ops_command import Exit, OpsCommand, wrong_usage
from leads.models import ImportJob
from leads.models.import_job import ImportState, Outcome
from leads.tasks import assign_leads, dispatch_due_deliveries

MOST_SHOWN = 20


class Command(OpsCommand):
    help = gettext_lazy("Import leads from CSV files, such as Partner Center exports. Shows what would be, and asks.")
    good = gettext_lazy("imported, or nothing new in the files")
    not_good = gettext_lazy("not confirmed, nothing imported; or stopped by a fault")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument("--dry-run", action="store_true", help=_("only show what would become of the rows"))
        parser.add_argument("--yes", action="store_true", help=_("do not ask"))
        parser.add_argument("--forward", action="store_true", help=_("send them to destinations, too"))
        parser.add_argument("--no-owners", action="store_true", help=_("give them to nobody"))

    def run(self, *, files: Sequence[Path], json: bool, dry_run: bool, yes: bool, **options: Any) -> Exit:
        job = self._work_off(_stored(files))
        if job.state != ImportState.CHECKED:
            return self._end(job, json=json)
        if not json:
            self._show(job)
        fresh = job.checked.get(Outcome.NEW, 0) + job.checked.get(Outcome.JOINS, 0)
        if dry_run or not fresh:
            jobs.discard(job)
            return self._end(job, json=json)
        if not (yes or json or self._is_confirmed()):
            jobs.discard(job)
            self.stdout.write(_("Nothing was imported."))
            return Exit.NOT_GOOD
        jobs.start(job, forwards=options["forward"], gives_owners=not options["no_owners"])
        self._work_off(job)
        hints.send(assign_leads)
        hints.send(dispatch_due_deliveries)
        return self._end(job, json=json)

    def _work_off(self, job: ImportJob) -> ImportJob:
        """In this process, so that it needs no worker."""
        job.refresh_from_db()
        while job.is_under_way:
            jobs.work_off_page(job.pk)
            job.refresh_from_db()
        return job

    def _show(self, job: ImportJob) -> None:
        for outcome in Outcome:
            self.stdout.write(f"{job.checked.get(outcome, 0):>8}  {outcome.label}")
        rows = job.imported.filter(outcome=Outcome.FAULTY).select_related("file").order_by("id")
        for row in rows[:MOST_SHOWN]:
            for column, code, params in row.problems:
                place = _("%(file)s, row %(row)d") % {"file": row.file.name, "row": row.line}
                words = " ".join(wording.of_row(code, params))
                self.stdout.write(f"{place}: {column + ': ' if column else ''}{words}")

    def _is_confirmed(self) -> bool:
        self.stdout.write(_("Import them? [y/N] "), ending="")
        self.stdout.flush()
        try:
            return input().strip().casefold() in ("y", "yes")
        except EOFError:
            self.stdout.write(_("Nobody answers: give --yes."))
            return False

    def _end(self, job: ImportJob, *, json: bool) -> Exit:
        job.refresh_from_db()
        if json:
            self.answer({"import": job.pk, "state": job.state, "checked": job.checked, "result": job.result})
        elif job.state == ImportState.DONE:
            names = {"leads": job.result.get(LEADS, 0), "touches": job.result.get(TOUCHES, 0), "number": job.pk}
            self.stdout.write(_("Imported as number %(number)d. New leads: %(leads)d, touches: %(touches)d.") % names)
        elif job.state == ImportState.STOPPED:
            self.stderr.write(_("It stopped: the log says where. Its page in the admin can go on with it."))
        return Exit.NOT_GOOD if job.state == ImportState.STOPPED else Exit.GOOD


def _stored(files: Sequence[Path]) -> ImportJob:
    try:
        return storing.store_as_suggested(None, *(Uploaded(path.name, path.read_bytes()) for path in files))
    except OSError as error:
        text = _("%(file)s cannot be read: %(reason)s")
        raise wrong_usage(text % {"file": error.filename, "reason": error.strerror}) from None
    except Refused as refused:
        words = " ".join(wording.of_file(refused.code, refused.params))
        raise wrong_usage(f"{refused.file}: {words}" if refused.file else words) from None
