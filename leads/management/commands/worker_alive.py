"""``worker_alive``: whether a worker of this machine gives signs of life, for health checks of containers."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.management.ops_command import Exit, OpsCommand
from leads.watching import heartbeat


class Command(OpsCommand):
    help = gettext_lazy("Say whether a worker of this machine or container gave a sign of life within a minute.")
    good = gettext_lazy("it did")
    not_good = gettext_lazy("none did")

    def run(self, **options: Any) -> Exit:
        ages = [age for name, age in heartbeat.ages().items() if heartbeat.is_worker_here(name)]
        seconds = min(ages).total_seconds() if ages else None
        if options["json"]:
            self.answer({"seconds": seconds})
        elif seconds is None:
            self.stdout.write(_("No worker of this machine gives signs of life."))
        else:
            self.stdout.write(_("The last sign of life came %(seconds)d seconds ago.") % {"seconds": seconds})
        return Exit.GOOD if seconds is not None and seconds <= heartbeat.LATE_AFTER.total_seconds() else Exit.NOT_GOOD
