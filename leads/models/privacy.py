"""What people ask about their own data, what is erased for it, and how long everything is kept."""

from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.delivery import Delivery
from leads.models.destination import Destination
from leads.models.ids import new_id, unpacked
from leads.models.lead import Lead

DAYS_TO_ANSWER = 30
"""A month, as Article 12 of the General Data Protection Regulation demands."""


class RequestKind(models.TextChoices):
    REPORT = "report", _("Wants to know what is kept")
    ERASE = "erase", _("Wants to be erased")


class RequestState(models.TextChoices):
    OPEN = "open", _("To be answered")
    ERASING = "erasing", _("Being erased")
    DONE = "done", _("Done")
    DECLINED = "declined", _("Declined")


def due_on() -> date:
    return timezone.localdate() + timedelta(days=DAYS_TO_ANSWER)


class PrivacyRequest(models.Model):
    """What one person asked for, and how far it has come.

    While it is open, ``email``, ``who_asked`` and ``traces`` name the person; when it ends they are emptied, and
    ``digest`` is all that tells whether somebody was erased before. ``lead_ids`` are the keys of their leads, 16 bytes
    each. From ``begun_at`` on, what a person does on the marketplace is new, and stays. ``scanned`` is the key of the
    last request that was searched for their address; ``erased`` counts by place. After ``looks`` passes over all of it
    the next is due at ``look_at``: what was on its way meanwhile is found by the last.
    """

    kind = models.CharField(_("what"), max_length=10, choices=RequestKind)
    state = models.CharField(_("state"), max_length=10, choices=RequestState, default=RequestState.OPEN)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    lead = models.ForeignKey(Lead, verbose_name=_("lead"), on_delete=models.SET_NULL, null=True, related_name="+")
    digest = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    who_asked = models.CharField(_("who asked, and how"), max_length=200, blank=True)
    due_on = models.DateField(_("due"), default=due_on)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("entered by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("entered"), db_default=Now())
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(_("ended"), null=True)
    lead_ids = models.BinaryField(default=b"", editable=False)
    traces = models.JSONField(default=list, editable=False)
    scanned = models.UUIDField(null=True)
    erased = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("privacy request")
        verbose_name_plural = _("privacy requests")
        ordering = ["-id"]
        default_permissions = ()
        permissions = [
            ("handle_personal_data", _("Can see, export and erase all that is kept about a person")),
            ("set_retention", _("Can say how long things are kept")),
            ("view_audit", _("Can see who did what")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "erasing"], finished_at=None)
                | (~Q(state__in=["open", "erasing"]) & Q(finished_at__isnull=False)),
                name="answered_request_has_end",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state="open"), name="privacy_request_open"),
            models.Index(fields=["look_at"], condition=Q(state="erasing"), name="privacy_request_erasing"),
        ]

    def __str__(self) -> str:
        return str(_("Privacy request %(id)s") % {"id": self.pk})

    @property
    def is_late(self) -> bool:
        return self.state == RequestState.OPEN and self.due_on < timezone.localdate()

    @property
    def ids(self) -> list[UUID]:
        return unpacked(bytes(self.lead_ids))

    @property
    def addresses(self) -> list[str]:
        return [trace for trace in self.traces if "@" in trace]


class Chase(models.Model):
    """Where a record of an erased person went: somebody must have it erased over there, and ticks it off. Until then
    ``external_id`` and ``external_url`` say which record it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="chases", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="chases")
    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.PROTECT, related_name="chases"
    )
    is_certain = models.BooleanField(default=True)
    external_id = models.CharField(_("ID over there"), max_length=300, blank=True)
    external_url = models.URLField(_("link to the record"), max_length=1000, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("record to chase")
        verbose_name_plural = _("records to chase")
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["request", "delivery"], name="one_chase_per_delivery"),
        ]

    def __str__(self) -> str:
        return str(self.destination)


class RetentionKind(models.TextChoices):
    """What is taken away after a while; in this order."""

    BODIES = "bodies", _("Requests as posted")
    EXCHANGES = "exchanges", _("What was sent and answered")
    LEADS = "leads", _("Closed leads")
    NOTICES = "notices", _("Notices")
    JOBS = "jobs", _("Finished jobs")
    SIGN_INS = "sign_ins", _("Sign-ins")


class RetentionRule(models.Model):
    """What somebody set for one kind; where there is no row, ``leads.privacy.retention`` has the default. Everything of
    the kind up to the key ``cursor`` is gone already."""

    kind = models.CharField(max_length=20, choices=RetentionKind, primary_key=True)
    enabled = models.BooleanField(_("on"), default=True)
    keep = models.PositiveIntegerField(_("kept for"))
    cursor = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        default_permissions = ()

    def __str__(self) -> str:
        return self.get_kind_display()


class PurgeRun(models.Model):
    """One night's work, and what it took away, by ``RetentionKind``. ``at`` is the kind that it has come to."""

    began_at = models.DateTimeField(_("began"), db_default=Now())
    at = models.CharField(max_length=20, choices=RetentionKind, default=RetentionKind.BODIES)
    counts = models.JSONField(default=dict)
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("clearing")
        verbose_name_plural = _("clearings")
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
