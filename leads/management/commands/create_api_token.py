"""``create_api_token USERNAME``: a token for the REST API, shown once. It may do what its user may do."""

import argparse
import json
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from knox.models import AuthToken

LONGEST_DAYS = 3650


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= LONGEST_DAYS:
        words = _("give a whole number of days from 1 to %(most)d, not %(given)r")
        raise argparse.ArgumentTypeError(words % {"most": LONGEST_DAYS, "given": text})
    return int(text)


class Command(BaseCommand):
    help = _("Make a token for the REST API and show it once. It may do what its user may do.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument("--expires", metavar="DAYS", type=_days, default=365, help=_("how long it is valid (365)"))
        parser.add_argument("--json", action="store_true", help=_("print JSON for programs"))

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(
                _("There is no user %(username)r. Add one in the admin, or give another name.") % options
            )
        if not user.is_active:
            raise CommandError(_("The user %(username)r is not active, so that no token of it is accepted.") % options)
        stored, token = AuthToken.objects.create(user, expiry=timedelta(days=options["expires"]))
        if options["json"]:
            answer = {"username": user.username, "token": token, "expires_at": stored.expiry.isoformat()}
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(token)
        text = _(
            "Shown only now. Valid until %(day)s for %(username)s. "
            "Send it as “Authorization: Bearer TOKEN”; revoke it in the admin."
        )
        self.stderr.write(text % {"day": f"{stored.expiry:%Y-%m-%d}", "username": user.username})
