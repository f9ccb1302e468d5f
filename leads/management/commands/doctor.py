"""``doctor``: say what is wrong with this installation."""

from typing import Any

from django.utils.translation import gettext_lazy

from leads.management.ops_command import Exit, OpsCommand
from leads.states import Verdict
from leads.watching import doctor


class Command(OpsCommand):
    help = gettext_lazy("Look at every part of this installation and say what is wrong with it. Changes nothing.")
    good = gettext_lazy("nothing is wrong")
    not_good = gettext_lazy("something is wrong")

    def run(self, **options: Any) -> Exit:
        found = doctor.findings()
        if options["json"]:
            self.answer({"findings": [one._asdict() for one in found]})
        else:
            for one in found:
                self.stdout.write(f"{one.verdict.label:<12}{one.about}: {one.what}" + f" {one.remedy}".rstrip())
        return Exit.NOT_GOOD if doctor.worst(found) is Verdict.BAD else Exit.GOOD
