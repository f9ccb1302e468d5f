"""What people must be told. The row comes first, so that nothing is lost when it cannot be sent at once."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.destination import Destination
from leads.models.ids import new_id
from leads.models.trouble import Trouble


class NoticeKind(models.TextChoices):
    CREDENTIAL_ENDS = "credential_ends", _("A credential ends")
    TROUBLE = "trouble", _("Something is wrong")
    ALL_CLEAR = "all_clear", _("All clear")


class NoticeState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")
    KEPT = "kept", _("Shown here only")
    OVER = "over", _("Over before it was sent")


class Notice(models.Model):
    """``params`` are the names and dates its sentence speaks of; no secret and no person's data is ever among them.

    ``told`` are the ids of the users who were mailed, and ``is_in_chat`` whether the chat has it, so that a second try
    tells only the others.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=30, choices=NoticeKind)
    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.CASCADE, null=True, related_name="notices"
    )
    trouble = models.ForeignKey(Trouble, on_delete=models.CASCADE, null=True, related_name="notices")
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("made"), db_default=Now())
    state = models.CharField(_("state"), max_length=10, choices=NoticeState, default=NoticeState.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"), db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)
    told = models.JSONField(default=list, editable=False)
    is_in_chat = models.BooleanField(default=False, editable=False)
    fault = models.CharField(_("why it was not sent"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=NoticeState.SENT) | Q(sent_at__isnull=False), name="sent_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state=NoticeState.WAITING), name="notice_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.id)
