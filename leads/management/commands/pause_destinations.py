"""``pause_destinations NAME ...``: keep leads from destinations until somebody resumes them."""

from django.utils.translation import gettext_lazy

from leads.delivery import gate
from leads.management.gate_command import GateCommand


class Command(GateCommand):
    help = gettext_lazy("Pause destinations: leads wait until somebody resumes them; none is lost.")
    done = gettext_lazy("paused")
    nothing = gettext_lazy("was paused by a person already")

    def act(self, destination_id: int) -> bool:
        return gate.pause(destination_id)
