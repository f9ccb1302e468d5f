"""``check_destinations [NAME ...]``: prove destinations' settings without writing anything over there."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.contract import CheckStep, StepResult
from leads import hints
from leads.delivery.checking import passed
from leads.delivery.proving import prove
from leads.management.ops_command import Exit, OpsCommand, destinations_named
from leads.models import Destination
from leads.states import ProofKind
from leads.tasks import dispatch_due_deliveries

RESULTS = {
    StepResult.PASSED: gettext_lazy("passed"),
    StepResult.WARNING: gettext_lazy("look at it"),
    StepResult.FAILED: gettext_lazy("FAILED"),
    StepResult.UNPROVEN: gettext_lazy("could not be proved"),
}


class Command(OpsCommand):
    help = gettext_lazy(
        "Check destinations without sending a lead. One that Lead CRM had paused resumes when it passes."
    )
    good = gettext_lazy("nothing failed")
    not_good = gettext_lazy("something failed")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("names", metavar="NAME", nargs="*", help=_("which ones (default: all that are enabled)"))

    def run(self, *, names: Sequence[str], **options: Any) -> Exit:
        checked: dict[Destination, Sequence[CheckStep]] = {}
        for destination in destinations_named(names) or Destination.objects.filter(enabled=True):
            checked[destination] = prove(destination, ProofKind.CHECK)
            if not options["json"]:
                self._say(destination, checked[destination])
        if checked:
            hints.send(dispatch_due_deliveries)  # for those that resumed
        if options["json"]:
            self.answer({"destinations": [_as_json(*one) for one in checked.items()]})
        elif not checked:
            self.stdout.write(_("No destination is enabled."))
        return Exit.GOOD if all(passed(steps) for steps in checked.values()) else Exit.NOT_GOOD

    def _say(self, destination: Destination, steps: Sequence[CheckStep]) -> None:
        self.stdout.write(f"{destination.name} ({destination.kind})")
        for step in steps:
            self.stdout.write(f"  {RESULTS[step.result]}: {step.label}" + (f": {step.detail}" if step.detail else ""))


def _as_json(destination: Destination, steps: Sequence[CheckStep]) -> dict[str, Any]:
    return {
        "destination": destination.name,
        "kind": destination.kind,
        "passed": passed(steps),
        "steps": destination.proofs.get(kind=ProofKind.CHECK).in_words,
    }
