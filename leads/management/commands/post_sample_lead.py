"""``post_sample_lead NAME``: post a recorded request as the marketplace does."""

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.diagnosis import diagnose
from integrations.transport import CallFailed
from leads.management.ops_command import Exit, OpsCommand, wrong_usage
from leads.marketplace.samples import NAMES, CannotVary, UnknownSample, body_of
from leads.sample_leads import Posted, first_address, post

MOST = 10_000


class Command(OpsCommand):
    help = gettext_lazy("Post a recorded request as the marketplace does, to this installation or to another one.")
    good = gettext_lazy("accepted")
    not_good = gettext_lazy("refused")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", nargs="?", help=_("which one; without a name they are listed"))
        parser.add_argument("--url", help=_("webhook address (default: that of this installation's first endpoint)"))
        parser.add_argument("--count", type=int, default=1, metavar="N", help=_("how many times (1)"))
        parser.add_argument(
            "--fresh", action="store_true", help=_("as another person each time, so that none is taken for a repeat")
        )

    def run(self, *, name: str | None, url: str | None, count: int, fresh: bool, **options: Any) -> Exit:
        if not 1 <= count <= MOST:
            raise wrong_usage(_("--count: give a number from 1 to %(most)d.") % {"most": MOST})
        body = _body(name)
        address = url or _own_address()
        posted = []
        try:
            for answer in post(address, body, count=count, fresh=fresh):
                posted.append(answer)
                if not options["json"]:
                    self._say(answer, address)
        except CannotVary:
            raise wrong_usage(
                _("%(name)s: nobody can be found in it, so leave out --fresh.") % {"name": name}
            ) from None
        except CallFailed as failed:
            raise _not_reached(failed, address) from None
        if options["json"]:
            posts = [{**answer._asdict(), "see": answer.seen_at(address)} for answer in posted]
            self.answer({"sample": name, "server": urlsplit(address).netloc, "posts": posts})
        return Exit.GOOD if all(answer.accepted for answer in posted) else Exit.NOT_GOOD

    def _say(self, posted: Posted, address: str) -> None:
        said = posted.status or _("(not an answer of Lead CRM)")
        self.stdout.write(" ".join(filter(None, [str(posted.http_status), said, posted.receipt, posted.message])))
        if seen_at := posted.seen_at(address):
            self.stdout.write(f"    {seen_at}")


def _body(name: str | None) -> bytes:
    names = "\n".join(f"  {known}" for known in NAMES)
    if name is None:
        raise wrong_usage(_("Give the name of a sample:\n%(names)s") % {"names": names})
    try:
        return body_of(name)
    except UnknownSample:
        text = _("There is no sample “%(name)s”. These there are:\n%(names)s")
        raise wrong_usage(text % {"name": name, "names": names}) from None


def _own_address() -> str:
    address = first_address()
    if address is None:
        raise wrong_usage(_("No endpoint has a valid address: make one in the admin, or give --url."))
    return address


def _not_reached(failed: CallFailed, address: str) -> CommandError:
    words = diagnose(failed.failure.cause)
    if failed.failure.cause.startswith("url_"):
        return wrong_usage(f"--url: {words.meaning} {words.remedy}")
    text = _("%(server)s: %(meaning)s Start it with “make run”, or give another --url.")
    return CommandError(
        text % {"server": urlsplit(address).netloc, "meaning": words.meaning}, returncode=Exit.NOT_REACHED
    )
