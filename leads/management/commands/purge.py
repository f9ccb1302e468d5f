"""``purge``: take away now what was kept long enough, instead of in the night."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.management.ops_command import Exit, OpsCommand
from leads.models import PurgeRun
from leads.privacy import purging
from leads.privacy.retention import MOST, rules


class Command(OpsCommand):
    help = gettext_lazy("Take away what was kept long enough, as every night. The admin says how long that is.")
    good = gettext_lazy("done")
    not_good = gettext_lazy("another clearing is under way")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help=_("only show how much would go"))

    def run(self, *, dry_run: bool, json: bool, **options: Any) -> Exit:
        if dry_run:
            now = timezone.now()
            counts = {rule.kind.kind.value: rule.would_go(now) for rule in rules() if rule.enabled}
        else:
            run = PurgeRun.objects.filter(finished_at=None).first() or PurgeRun.objects.create()
            while purging.work_off(run.pk):
                pass
            run.refresh_from_db()
            counts = run.counts
            if run.finished_at is None:
                self.stdout.write(_("Another clearing is under way."))
                return Exit.NOT_GOOD
        if json:
            self.answer({"counts": counts, "dry_run": dry_run})
            return Exit.GOOD
        for rule in rules():
            if count := counts.get(rule.kind.kind.value, 0):
                self.stdout.write(f"{f'{MOST}+' if count > MOST and dry_run else count:>8}  {rule.kind.kind.label}")
        if not any(counts.values()):
            self.stdout.write(_("Nothing is older than it may be."))
        return Exit.GOOD
