"""``retry_deliveries``: queue failed or cancelled deliveries again, after showing which."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import hints, words
from leads.delivery.retrying import ONLY_WHEN_NAMED, Group, Selection, breakdown, retry_in_pages
from leads.management.moments import read_moment
from leads.management.ops_command import Exit, OpsCommand, destinations_named, wrong_usage
from leads.states import DeliveryState
from leads.tasks import dispatch_due_deliveries

STATES = (DeliveryState.FAILED, DeliveryState.CANCELLED)
SECONDS_BETWEEN_REPORTS = 2.0


class Command(OpsCommand):
    help = gettext_lazy("Queue failed or cancelled deliveries again. Shows which ones and asks first.")
    good = gettext_lazy("done, also when there was nothing to do")
    not_good = gettext_lazy("not confirmed, nothing changed")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--destination", metavar="NAME", help=_("only those to this destination"))
        parser.add_argument("--reason", metavar="CODE", help=_("only those with this reason, such as server_trouble"))
        parser.add_argument("--since", metavar="TIME", help=_("only those made since: 2h, 3d, or an ISO date or time"))
        parser.add_argument("--until", metavar="TIME", help=_("only those made before: 2h, 3d, or an ISO date or time"))
        parser.add_argument(
            "--state", choices=[state.value for state in STATES], default=DeliveryState.FAILED.value, help=_("(failed)")
        )
        parser.add_argument("--dry-run", action="store_true", help=_("only show which"))
        parser.add_argument("--yes", action="store_true", help=_("do not ask"))

    def run(self, *, json: bool, dry_run: bool, yes: bool, **options: Any) -> Exit:
        selection = _selection(**options)
        groups, left_out = breakdown(selection.deliveries()), selection.left_out()
        total = sum(group.deliveries for group in groups)
        if not json:
            self._show(groups, total, left_out)
        if total and not dry_run and not (json or yes or self._is_confirmed()):
            self.stdout.write(_("Nothing was changed."))
            return Exit.NOT_GOOD
        moved = self._retry(selection, total) if total and not dry_run else 0
        if json:
            shown = [group._asdict() for group in groups]
            self.answer({"found": total, "groups": shown, "left_out": left_out, "retried": moved, "dry_run": dry_run})
        elif total and not dry_run:
            text = ngettext("%(count)d delivery is tried again.", "%(count)d deliveries are tried again.", moved)
            self.stdout.write(text % {"count": moved})
        return Exit.GOOD

    def _show(self, groups: Sequence[Group], total: int, left_out: int) -> None:
        for group in groups:
            waits = _(" (waits: the destination is paused or disabled)") if group.is_waiting else ""
            reason = f"{group.reason}: {words.reason_text(group.reason)}" if group.reason else "–"
            self.stdout.write(f"{group.deliveries:>8}  {group.destination}  {reason}{waits}")
        text = ngettext("%(count)d delivery fits.", "%(count)d deliveries fit.", total)
        self.stdout.write(text % {"count": total})
        if left_out:
            text = _(
                "Left out: %(count)d that may have arrived already; look over there, then give --reason %(reason)s."
            )
            self.stdout.write(text % {"count": left_out, "reason": ONLY_WHEN_NAMED})

    def _is_confirmed(self) -> bool:
        self.stdout.write(_("Try them again? [y/N] "), ending="")
        self.stdout.flush()
        try:
            return input().strip().casefold() in ("y", "yes")
        except EOFError:
            self.stdout.write(_("Nobody answers: give --yes."))
            return False

    def _retry(self, selection: Selection, total: int) -> int:
        moved, reported_at = 0, time.monotonic()
        try:
            for page in retry_in_pages(selection.deliveries()):
                moved += page
                if time.monotonic() > reported_at + SECONDS_BETWEEN_REPORTS:
                    reported_at = time.monotonic()
                    self.stderr.write(_("%(moved)d of %(total)d …") % {"moved": moved, "total": total})
        finally:
            hints.send(dispatch_due_deliveries)
        return moved


def _selection(
    *, destination: str | None, reason: str | None, since: str | None, until: str | None, state: str, **_others: Any
) -> Selection:
    now = timezone.now()
    return Selection(
        state=DeliveryState(state),
        destination=destinations_named([destination])[0] if destination is not None else None,
        reason=_reason(reason) if reason is not None else None,
        since=_moment("--since", since, now),
        until=_moment("--until", until, now),
    )


def _reason(code: str) -> str:
    known = dict(words.reason_choices())
    if code not in known:
        listed = "\n".join(f"  {name:<28} {meaning}" for name, meaning in sorted(known.items()))
        raise wrong_usage(
            _("There is no reason “%(code)s”. These there are:\n%(listed)s") % {"code": code, "listed": listed}
        )
    return code


def _moment(option: str, text: str | None, now: datetime) -> datetime | None:
    try:
        return read_moment(text, now) if text is not None else None
    except ValueError as error:
        raise wrong_usage(f"{option}: {error}") from None
