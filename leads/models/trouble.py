"""What is wrong with this installation or with what it talks to, from when to when."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.destination import Destination
from leads.models.endpoint import Endpoint


class TroubleKind(models.TextChoices):
    PAUSED = "paused", _("Paused by Lead CRM")
    LEFT_PAUSED = "left_paused", _("Paused by a person, and leads wait")
    NOTHING_ARRIVES = "nothing_arrives", _("No lead gets through")
    LEADS_FAILED = "leads_failed", _("Leads failed")
    NOT_SENT = "not_sent", _("Leads that could be sent are not")
    NOT_READ = "not_read", _("Posted leads are not read")
    SPOOLED = "spooled", _("Posted leads wait in files")
    SILENT = "silent", _("No lead comes in")


class Trouble(models.Model):
    """One standing trouble, as long as it stands. ``key`` makes it the same trouble when it is looked for again.

    ``count`` is how many leads it concerns, the oldest of them from ``oldest_at``. It is over a while after it was last
    seen, so that one that flickers is one trouble. ``told`` counts the notices, the next of which is due at
    ``tell_at``.
    """

    key = models.CharField(max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=TroubleKind)
    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.CASCADE, null=True, related_name="troubles"
    )
    endpoint = models.ForeignKey(
        Endpoint, verbose_name=_("endpoint"), on_delete=models.CASCADE, null=True, related_name="troubles"
    )
    cause = models.CharField(_("cause"), max_length=60, blank=True)
    params = models.JSONField(default=dict)
    count = models.PositiveIntegerField(_("leads"), null=True)
    oldest_at = models.DateTimeField(_("oldest"), null=True)
    began_at = models.DateTimeField(_("since"), db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(_("until"), null=True)
    told = models.PositiveSmallIntegerField(default=0)
    tell_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("trouble")
        verbose_name_plural = _("troubles")
        ordering = ["-began_at", "-id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(ended_at=None), name="one_open_trouble_of_a_key")
        ]

    def __str__(self) -> str:
        return self.key
