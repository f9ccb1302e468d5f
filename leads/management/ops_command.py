"""What the commands for people who run Lead CRM share: JSON for programs, exit codes, no tracebacks."""

import json
import logging
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.encryption import SecretUnreadable
from leads.models import Destination


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    GOOD = 0
    NOT_GOOD = 1
    WRONG_USAGE = 2
    NOT_REACHED = 3
    STOPPED = 130


class OpsCommand(BaseCommand):
    """Subclasses say in ``good`` and ``not_good`` what exit codes 0 and 1 mean, and return the code from ``run``."""

    help: str | Promise  # type: ignore[assignment]
    good: ClassVar[str | Promise]
    not_good: ClassVar[str | Promise]
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.description = str(self.help)
        codes = {Exit.GOOD: self.good, Exit.NOT_GOOD: self.not_good, **_COMMON_CODES}
        parser.epilog = _("Exit codes:") + " " + "; ".join(f"{code:d} {meaning}" for code, meaning in codes.items())
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        # What went wrong is said once, in people's words.
        logging.getLogger("integrations").setLevel(logging.WARNING)
        super().run_from_argv(argv)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("answer in JSON, and never ask"))

    def handle(self, *args: Any, **options: Any) -> None:
        if code := self._code(**options):
            raise SystemExit(code)

    def run(self, *args: Any, **options: Any) -> Exit:
        """Raises ``CommandError`` with the remedy."""
        raise NotImplementedError

    def answer(self, content: Mapping[str, Any]) -> None:
        """The one JSON document that a program reads."""
        self.stdout.write(json.dumps(content, ensure_ascii=False, indent=2))

    def _code(self, **options: Any) -> Exit:
        try:
            return self.run(**options)
        except DatabaseError as error:
            text = _(
                "The database does not do what was asked (%(error)s). Check DATABASE_URL, then run “manage.py release”."
            )
            raise CommandError(text % {"error": type(error).__name__}, returncode=Exit.NOT_REACHED) from None
        except SecretUnreadable:
            text = _("A stored secret cannot be read: put the key that encrypted it back into LEADCRM_FIELD_KEYS.")
            raise CommandError(text, returncode=Exit.NOT_REACHED) from None
        except KeyboardInterrupt:
            raise CommandError(_("Stopped."), returncode=Exit.STOPPED) from None


_COMMON_CODES: dict[Exit, str | Promise] = {
    Exit.WRONG_USAGE: gettext_lazy("wrong usage"),
    Exit.NOT_REACHED: gettext_lazy("the server or the database was not reached"),
    Exit.STOPPED: gettext_lazy("stopped with Ctrl-C"),
}


def wrong_usage(text: str) -> CommandError:
    return CommandError(text, returncode=Exit.WRONG_USAGE)


def destinations_named(names: Sequence[str]) -> list[Destination]:
    """Each once, in this order. Raises ``CommandError`` for a name nobody has."""
    found = {destination.name: destination for destination in Destination.objects.filter(name__in=names)}
    if missing := [name for name in names if name not in found]:
        known = ", ".join(Destination.objects.values_list("name", flat=True)) or "–"
        text = _("There is no destination “%(name)s”. These there are: %(known)s")
        raise wrong_usage(text % {"name": missing[0], "known": known})
    return [found[name] for name in dict.fromkeys(names)]
