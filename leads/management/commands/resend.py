"""``resend``: send many deliveries again, after showing which."""

import time
from datetime import datetime
from typing import Any, ClassVar

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import hints, words
from leads.delivery import resend_jobs
from leads.delivery.resend_jobs import DOUBTFUL, UnderWay
from leads.delivery.resend_plans import Plan, complaints, needs_confirmation, plan_of
from leads.delivery.resend_wording import number_of, time_of
from leads.management.moments import read_moment
from leads.management.ops_command import Exit, OpsCommand, destinations_named, wrong_usage
from leads.models import ResendJob
from leads.models.resend_job import STATES_TRIED_AGAIN, ResendKind, ResendState
from leads.states import DeliveryState
from leads.tasks import continue_resend_jobs, dispatch_due_deliveries

SECONDS_BETWEEN_REPORTS = 2.0
SECONDS_BETWEEN_LOOKS = 0.2


class Command(OpsCommand):
    help = gettext_lazy("Send many deliveries again. Shows which ones and asks first.")
    good = gettext_lazy("done, also when there was nothing to do")
    not_good = gettext_lazy("not confirmed, nothing changed; or cancelled by somebody")
    kind: ClassVar[ResendKind | None] = None
    """Where it is not an argument."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if self.kind is None:
            kinds = "; ".join(f"{kind.value}: {kind.label}" for kind in ResendKind)
            parser.add_argument("kind", choices=ResendKind.values, help=kinds)
        parser.add_argument("--destination", metavar="NAME", help=_("only those to this destination"))
        parser.add_argument("--reason", metavar="CODE", help=_("only those with this reason, such as server_trouble"))
        parser.add_argument("--since", metavar="TIME", help=_("only those made since: 2h, 3d, or an ISO date or time"))
        parser.add_argument("--until", metavar="TIME", help=_("only those made before: 2h, 3d, or an ISO date or time"))
        states = [state.value for state in STATES_TRIED_AGAIN]
        parser.add_argument("--state", choices=states, default=DeliveryState.FAILED.value, help=_("(failed)"))
        parser.add_argument("--dry-run", action="store_true", help=_("only show which"))
        parser.add_argument("--yes", action="store_true", help=_("do not ask"))
        parser.add_argument("--no-wait", action="store_true", help=_("leave it to the workers"))

    def run(self, *, json: bool, dry_run: bool, yes: bool, no_wait: bool, **options: Any) -> Exit:
        job = _job(**{"kind": self.kind} | options)
        plan = plan_of(job)
        if not json:
            self._show(plan, job)
        if dry_run or not plan.found:
            return self._end(plan, job, json=json, dry_run=dry_run)
        if json and not yes and needs_confirmation(job):
            raise wrong_usage(_("Records over there may come to be there twice: give --yes if that is meant."))
        if not (json or yes or self._is_confirmed(job)):
            self.stdout.write(_("Nothing was changed."))
            return Exit.NOT_GOOD
        self._ask(job)
        if no_wait:
            hints.send(continue_resend_jobs)
        else:
            self._work_off(job)
        return self._end(plan, job, json=json, dry_run=dry_run)

    def _show(self, plan: Plan, job: ResendJob) -> None:
        for group in plan.groups if plan.is_exact else ():
            waits = _(" (waits: the destination is paused or disabled)") if group.is_waiting else ""
            reason = f"{group.reason}: {words.reason_text(group.reason)}" if group.reason else "–"
            self.stdout.write(f"{group.deliveries:>8}  {group.destination}  {reason}{waits}")
        text = ngettext("%(number)s delivery fits.", "%(number)s deliveries fit.", plan.found)
        self.stdout.write(text % {"number": number_of(plan)})
        if plan.found:
            self.stdout.write(_("How long it takes: %(time)s.") % {"time": time_of(plan)})
        if plan.left_out and job.kind == ResendKind.MISSING:
            self.stdout.write(_("Withheld by policy: %(count)d.") % {"count": plan.left_out})
        elif plan.left_out:
            text = _(
                "Left out: %(count)d that may have arrived already; look over there, then give --reason %(reason)s."
            )
            self.stdout.write(text % {"count": plan.left_out, "reason": DOUBTFUL})

    def _is_confirmed(self, job: ResendJob) -> bool:
        if needs_confirmation(job):
            self.stdout.write(_("The other system does not recognise repeats: records may come to be there twice."))
        self.stdout.write(_("Send them again? [y/N] "), ending="")
        self.stdout.flush()
        try:
            return input().strip().casefold() in ("y", "yes")
        except EOFError:
            self.stdout.write(_("Nobody answers: give --yes."))
            return False

    def _ask(self, job: ResendJob) -> None:
        job.doubles_confirmed = needs_confirmation(job)
        try:
            resend_jobs.ask(job)
        except UnderWay as error:
            raise wrong_usage(str(error)) from None

    def _work_off(self, job: ResendJob) -> None:
        """In this process, so that it needs no worker; one may be at it, too."""
        reported_at = time.monotonic()
        try:
            while job.is_open:
                if resend_jobs.work_off_page(job.pk) is None:
                    time.sleep(SECONDS_BETWEEN_LOOKS)
                job.refresh_from_db()
                if time.monotonic() > reported_at + SECONDS_BETWEEN_REPORTS:
                    reported_at = time.monotonic()
                    text = _("%(moved)d of %(total)d …")
                    self.stderr.write(text % {"moved": job.looked_at, "total": job.found or 0})
        except KeyboardInterrupt:
            resend_jobs.cancel(job.pk)
            raise
        finally:
            hints.send(dispatch_due_deliveries)

    def _end(self, plan: Plan, job: ResendJob, *, json: bool, dry_run: bool) -> Exit:
        if json:
            self.answer(
                {
                    "found": plan.found,
                    "is_exact": plan.is_exact,
                    "groups": [group._asdict() for group in plan.groups],
                    "left_out": plan.left_out,
                    "takes": time_of(plan),
                    "retried": job.moved,
                    "skipped": job.skipped,
                    "job": job.pk,
                    "state": job.state if job.pk else None,
                    "dry_run": dry_run,
                }
            )
        elif job.pk:
            self._tell(job)
        return Exit.NOT_GOOD if job.pk and job.state == ResendState.CANCELLED else Exit.GOOD

    def _tell(self, job: ResendJob) -> None:
        if job.is_open:
            self.stdout.write(_("The workers do it: replay %(id)d.") % {"id": job.pk})
            return
        text = ngettext("%(count)d delivery is queued.", "%(count)d deliveries are queued.", job.moved)
        self.stdout.write(text % {"count": job.moved})
        for why, number in job.skipped_in_words:
            self.stdout.write(_("Left as it was: %(count)d (%(why)s).") % {"count": number, "why": why})


def _job(
    kind: str, *, destination: str | None, reason: str | None, since: str | None, until: str | None, state: str,
    **_others: Any,
) -> ResendJob:  # fmt: skip
    now = timezone.now()
    states = {ResendKind.FAILED: [state], ResendKind.DELIVERED: [DeliveryState.DELIVERED.value]}
    job = ResendJob(
        kind=kind,
        destination=destinations_named([destination])[0] if destination is not None else None,
        states=states.get(ResendKind(kind), []),
        reason=_reason(reason) if reason is not None else "",
        since=_moment("--since", since, now),
        until=_moment("--until", until, now),
    )
    for name, text in complaints(job).items():
        raise wrong_usage(f"--{name}: {text}")
    return job


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
