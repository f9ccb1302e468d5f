"""Leads from files: what was uploaded, what would become of each row, and what did."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.touch import Touch

CONTENT_KEPT = timedelta(days=7)
"""What was uploaded is personal data: it is deleted by then, whatever became of it."""


class ImportState(models.TextChoices):
    MAPPING = "mapping", _("Columns to choose")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Ready to import")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    REVERTING = "reverting", _("Being reverted")
    REVERTED = "reverted", _("Reverted")
    DISCARDED = "discarded", _("Not imported")
    STOPPED = "stopped", _("Stopped")


UNDER_WAY = (ImportState.CHECKING, ImportState.IMPORTING, ImportState.REVERTING)
NOTHING_IMPORTED = (ImportState.MAPPING, ImportState.CHECKING, ImportState.CHECKED)


class Outcome(models.TextChoices):
    """What a row is, or became."""

    NEW = "new", _("New lead")
    JOINS = "joins", _("Another touch of a known lead")
    KNOWN = "known", _("Known already")
    FAULTY = "faulty", _("With errors")


class Stays(models.TextChoices):
    """Why what came of a row is not taken back."""

    SENT = "sent", _("It was sent to a destination.")
    WORKED_ON = "worked_on", _("Somebody worked on the lead.")
    NEEDED = "needed", _("Something else refers to it.")


class ImportJob(models.Model):
    """Some files as one batch. ``rows`` and ``chunks`` count what was uploaded; the first ``done`` chunks have been
    through the present state. ``checked`` counts rows by ``Outcome``, and as ``forwarded`` the deliveries that there
    would be; ``result`` counts rows by what became of them, and touches as ``removed``.
    """

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked for"), db_default=Now())
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.MAPPING)
    day_first = models.BooleanField(default=False)
    forwards = models.BooleanField(default=False)
    gives_owners = models.BooleanField(default=True)
    rows = models.PositiveIntegerField(default=0)
    chunks = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    checked = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    tries = models.PositiveSmallIntegerField(default=0)
    stopped_in = models.CharField(max_length=10, choices=ImportState, blank=True)
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        default_permissions = ()
        permissions = [("import_lead", _("Can import leads from files"))]
        indexes = [models.Index(fields=["id"], condition=Q(state__in=UNDER_WAY), name="import_job_under_way")]

    def __str__(self) -> str:
        return str(_("Import %(number)s") % {"number": self.pk})

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def content_goes_at(self) -> datetime:
        return self.asked_at + CONTENT_KEPT


class ImportFile(models.Model):
    """``columns`` says for each of the ``headers`` what it holds. Files with the same ``header_key`` have the same
    headers: what somebody said of one is proposed for the next."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("file"), max_length=200)
    headers = models.JSONField(default=list)
    header_key = models.CharField(max_length=64)
    columns = models.JSONField(default=list)

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        ordering = ["id"]
        default_permissions = ()
        indexes = [models.Index(fields=["header_key", "-id"], name="import_file_headers")]

    def __str__(self) -> str:
        return self.name


class ImportChunk(models.Model):
    """Some rows of a file as they were uploaded, encrypted. ``number`` counts them through the batch, from 0."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="contents", db_index=False)
    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    encrypted_rows = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_chunk_per_number")]

    def __str__(self) -> str:
        return str(self.number)


class ImportRow(models.Model):
    """What became of one row of a file. It holds no personal data.

    ``line`` is its number as a spreadsheet program shows it. ``key`` is equal for the same referral, or where there is
    none, for the same content; ``join_key`` that of its lead. ``touch`` is what it became, or without ``is_made`` the
    one that came by the webhook and is the same. ``before`` holds the round of a known lead that this touch began anew.
    """

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="imported", db_index=False)
    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="+", db_index=False)
    line = models.PositiveIntegerField()
    outcome = models.CharField(max_length=6, choices=Outcome)
    problems = models.JSONField(default=list)
    key = models.CharField(max_length=64)
    join_key = models.CharField(max_length=64, blank=True)
    touch = models.OneToOneField(Touch, on_delete=models.CASCADE, null=True, related_name="imported_from")
    is_made = models.BooleanField(default=False)
    before: "models.JSONField[dict[str, Any] | None]" = models.JSONField(null=True)
    stays = models.CharField(max_length=10, choices=Stays, blank=True)

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["file", "line"], name="one_import_row_per_line"),
            models.UniqueConstraint(fields=["key"], condition=Q(touch__isnull=False), name="imported_once"),
        ]
        indexes = [
            models.Index(fields=["job", "outcome", "id"], name="import_row_outcome"),
            models.Index(fields=["job", "key"], name="import_row_key"),
            models.Index(fields=["job", "join_key"], condition=~Q(join_key=""), name="import_row_join"),
            models.Index(fields=["job", "id"], condition=Q(is_made=True), name="import_row_made"),
        ]

    def __str__(self) -> str:
        return str(self.line)
