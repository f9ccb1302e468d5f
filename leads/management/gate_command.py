"""What the commands that stop destinations and let them go on share."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.management.base import CommandParser
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.management.ops_command import Exit, OpsCommand, destinations_named


class GateCommand(OpsCommand):
    """Subclasses say what happens to each destination: ``act`` returns false where there was nothing to do."""

    help: str | Promise
    done: ClassVar[str | Promise]
    nothing: ClassVar[str | Promise]
    good = gettext_lazy("done")
    not_good = gettext_lazy("nothing was to be done for at least one of them")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("names", metavar="NAME", nargs="+", help=_("which ones"))

    def act(self, destination_id: int) -> bool:
        raise NotImplementedError

    def run(self, *, names: Sequence[str], **options: Any) -> Exit:
        done = {destination.name: self.act(destination.pk) for destination in destinations_named(names)}
        if options["json"]:
            self.answer({"destinations": done})
        else:
            for name, changed in done.items():
                self.stdout.write(f"{name}: {self.done if changed else self.nothing}")
        return Exit.GOOD if all(done.values()) else Exit.NOT_GOOD
