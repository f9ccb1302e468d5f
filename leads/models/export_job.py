"""Leads written to a file: which, for whom, and how far it has come. The row stays as the record of what went out."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

FILE_KEPT = timedelta(days=1)
LONGEST_QUERY = 2000


class ExportFormat(models.TextChoices):
    CSV = "csv", _("CSV: text for any program")
    XLSX = "xlsx", _("XLSX: Excel workbook")


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a worker")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("File deleted")


class ExportFault(models.TextChoices):
    DISK_FULL = "disk_full", _("The disk for exports is full. Tell who looks after this installation, then try again.")
    FILE = "file", _("The file could not be written. Tell who looks after this installation.")
    GONE = "gone", _("The file is no longer there. Export once more.")
    NOT_PERMITTED = "not_permitted", _("Whoever asked for it may no longer export leads.")
    TOO_MANY = "too_many", _("These are more leads than a workbook takes. Choose CSV, or filter the list further.")
    FILTER = "filter", _("The filter is no longer understood. Filter the list anew.")
    DEFECT = "defect", _("Lead CRM made an error of its own. Its log says where.")


OPEN = (ExportState.WAITING, ExportState.RUNNING)


class ExportJob(models.Model):
    """``query`` are the list's filters as they stand in its address, ``lead_ids`` the ticked leads, if any were.

    ``file`` is its name in the folder for exports; who works on it gives it a new one when it begins anew. The first
    ``size`` bytes hold ``done`` leads, the last of which is ``cursor``. ``held_back`` counts those among them whose
    personal data a privacy rule holds back from others.
    """

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked for"), db_default=Now())
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat, default=ExportFormat.CSV)
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY, blank=True)
    lead_ids = models.JSONField(default=list)
    language = models.CharField(max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=ExportState, default=ExportState.WAITING)
    fault = models.CharField(max_length=15, choices=ExportFault, blank=True)
    file = models.CharField(max_length=100, blank=True)
    cursor = models.UUIDField(null=True)
    size = models.PositiveBigIntegerField(default=0)
    found = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(_("leads"), default=0)
    held_back = models.PositiveIntegerField(default=0)
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        default_permissions = ()
        permissions = [("export_lead", _("Can export leads to files"))]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=OPEN), name="export_job_open"),
            models.Index(fields=["asked_by", "-id"], name="export_job_whose"),
        ]

    def __str__(self) -> str:
        return str(_("Export %(number)s") % {"number": self.pk})

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def file_goes_at(self) -> datetime | None:
        return self.finished_at and self.finished_at + FILE_KEPT
