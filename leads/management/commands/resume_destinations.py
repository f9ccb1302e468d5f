"""``resume_destinations NAME ...``: let leads go there again."""

from django.utils.translation import gettext_lazy

from leads import hints
from leads.delivery import gate
from leads.management.gate_command import GateCommand
from leads.tasks import dispatch_due_deliveries


class Command(GateCommand):
    help = gettext_lazy("Let leads go to destinations again that are paused, asked us to slow down or did not answer.")
    done = gettext_lazy("resumed")
    nothing = gettext_lazy("nothing kept leads from it")

    def act(self, destination_id: int) -> bool:
        resumed = gate.resume(destination_id)
        hints.send(dispatch_due_deliveries)
        return resumed
