"""``retry_deliveries``: ``resend`` of what failed, by the name that says so."""

from django.utils.translation import gettext_lazy

from leads.management.commands import resend
from leads.models.resend_job import ResendKind


class Command(resend.Command):
    help = gettext_lazy("Queue failed or cancelled deliveries again. Shows which ones and asks first.")
    kind = ResendKind.FAILED
