"""What sales people must be told of leads: one row for each recipient and event."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.ids import new_id
from leads.models.lead import Lead
from leads.models.notice import NoticeState
from leads.models.people import Team
from leads.states import SalesKind


class SalesNotice(models.Model):
    """To one person, one team's chat, or one address. What it says is made when it is sent, of what is so by then: no
    person's data is in the row.

    ``event`` names what it tells of, so that nobody is told twice: of GIVEN the edit; of TASK_DUE the task and when it
    was due; of UNATTENDED the day; of the others the lead, when its round began, and what happened (see
    ``leads.telling``). ``leads_told`` is of how many leads it told, ``lead`` which one where it was one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=15, choices=SalesKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        null=True,
        related_name="sales_notices",
        db_index=False,
    )
    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.CASCADE, null=True, related_name="+")
    address = models.EmailField(_("address"), blank=True)
    event = models.CharField(max_length=120)
    lead = models.ForeignKey(
        Lead, verbose_name=_("lead"), on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    leads_told = models.PositiveIntegerField(_("leads"), default=0)
    created_at = models.DateTimeField(_("made"), db_default=Now())
    state = models.CharField(_("state"), max_length=10, choices=NoticeState, default=NoticeState.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"), db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)
    fault = models.CharField(_("why it was not sent"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notice to sales")
        verbose_name_plural = _("notices to sales")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, team=None, address="")
                | Q(user=None, team__isnull=False, address="")
                | (Q(user=None, team=None) & ~Q(address="")),
                name="sales_notice_has_one_recipient",
            ),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.SENT) | Q(sent_at__isnull=False), name="sent_to_sales_has_time"
            ),
            models.UniqueConstraint(
                fields=["user", "event", "kind"], condition=Q(user__isnull=False), name="told_once_each_person"
            ),
            models.UniqueConstraint(
                fields=["team", "event", "kind"], condition=Q(team__isnull=False), name="told_once_each_team"
            ),
            models.UniqueConstraint(
                fields=["address", "event", "kind"], condition=~Q(address=""), name="told_once_each_address"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state=NoticeState.WAITING), name="sales_notice_waiting"
            ),
            models.Index(
                fields=["user", "next_attempt_at"],
                condition=Q(state=NoticeState.WAITING, user__isnull=False),
                name="sales_notice_of_person",
            ),
            models.Index(fields=["user", "-id"], condition=Q(user__isnull=False), name="sales_notice_newest"),
            models.Index(fields=["state", "-id"], name="sales_notice_state"),
            models.Index(fields=["lead"], condition=Q(lead__isnull=False), name="sales_notice_lead"),
        ]

    def __str__(self) -> str:
        return str(self.id)
