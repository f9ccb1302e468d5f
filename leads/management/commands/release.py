"""Bring an installation to this version: tables, groups, static files. Run once per upgrade, before the processes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from leads.roles import sync_groups


class Command(BaseCommand):
    help = _("Migrate the database, set up the groups of people, collect the static files. Safe to run again.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-static", action="store_true", help=_("leave the static files as they are"))

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        sync_groups()
        if not options["no_static"]:
            call_command("collectstatic", interactive=False, clear=False, verbosity=options["verbosity"])
