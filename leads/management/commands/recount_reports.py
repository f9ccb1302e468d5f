"""``recount_reports``: count the days that reports are made of again, at once."""

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.management.ops_command import Exit, OpsCommand
from leads.reports.periods import Period, today
from leads.reports.tallying import all_days, count_again


class Command(OpsCommand):
    help = gettext_lazy("Count the days that reports are made of again. They come round by themselves, too.")
    good = not_good = gettext_lazy("counted")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--since", type=_day, metavar="DAY", help=_("from this day on (default: the first lead's)"))

    def run(self, *, since: date | None, **options: Any) -> Exit:
        last = today()
        period = Period(min(since, last), last) if since else all_days()
        days = [day.isoformat() for day in count_again(period)]
        if options["json"]:
            self.answer({"days": len(days), "first": days[0], "last": days[-1]})
        else:
            self.stdout.write(
                _("%(days)d days counted, from %(first)s to %(last)s.")
                % {"days": len(days), "first": days[0], "last": days[-1]}
            )
        return Exit.GOOD


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("“%(text)s” is no day: give one such as 2026-03-02.") % {"text": text}) from None
