"""``erase_person``: take out of everything that is kept who somebody was."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import hints
from leads.management.ops_command import Exit, OpsCommand, wrong_usage
from leads.models import PrivacyRequest
from leads.models.privacy import RequestKind
from leads.privacy import erasing, handing_out
from leads.privacy.people import Person, leads_at, person_of
from leads.tasks import continue_erasing


class Command(OpsCommand):
    help = gettext_lazy("Erase a person for good. Shows what is kept about them and asks first.")
    good = gettext_lazy("erased, or nothing was kept")
    not_good = gettext_lazy("nothing was erased")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", metavar="EMAIL", help=_("the person's e-mail address"))
        parser.add_argument("--dry-run", action="store_true", help=_("only show what is kept"))
        parser.add_argument("--yes", action="store_true", help=_("do not ask"))

    def run(self, *, email: str, dry_run: bool, yes: bool, json: bool, **options: Any) -> Exit:
        if "@" not in email:
            raise wrong_usage(_("“%(text)s” is no e-mail address.") % {"text": email})
        lead = leads_at([email]).order_by("-last_touch_at").first()
        person = person_of(lead) if lead else None
        held = handing_out.overview_of(person) if person else []
        if not json:
            self._show(email, held)
        asked = None
        if lead and person and not dry_run:
            if not (yes or json or self._is_sure(email)):
                self.stdout.write(_("Nothing was erased."))
                return Exit.NOT_GOOD
            asked = erasing.ask(RequestKind.ERASE, lead, person, None)
            self._erase(asked, person)
        if json:
            kept = {place.name: place_held.rows for place, place_held in held}
            self.answer({"kept": kept, "dry_run": dry_run, "request": asked.pk if asked else None})
        elif asked:
            self.stdout.write(_("Erased: %(request)s. A worker looks once more in some minutes.") % {"request": asked})
            self._show_chases(asked)
        return Exit.GOOD

    def _erase(self, asked: PrivacyRequest, person: Person) -> None:
        """The first look; the last, some minutes later, is for a worker."""
        erasing.begin(asked, person, None)
        while erasing.work_off_page(asked.pk):
            pass
        hints.send(continue_erasing)

    def _show(self, email: str, held: list[Any]) -> None:
        if not held:
            self.stdout.write(_("Nothing is kept about %(email)s.") % {"email": email})
        for place, place_held in held:
            self.stdout.write(f"{place_held.rows:>8}  {place.label}")

    def _show_chases(self, asked: PrivacyRequest) -> None:
        for chase in asked.chases.select_related("destination", "delivery"):
            names = {"destination": chase.destination, "id": chase.external_id or chase.delivery.touch_id}
            self.stdout.write(_("To have erased at %(destination)s: %(id)s") % names)

    def _is_sure(self, email: str) -> bool:
        return input(_("Type %(email)s to erase this person for good: ") % {"email": email}).strip() == email
