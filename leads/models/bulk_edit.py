"""One thing done to many leads at once: to which, by whom, and how far it has come."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.edit import Edit
from leads.models.ids import PACKED, unpacked


class BulkKind(models.TextChoices):
    GIVE = "give", _("Give to")
    STAGE = "stage", _("Move to a stage")
    SNOOZE = "snooze", _("Snooze")
    IRRELEVANT = "irrelevant", _("Score as irrelevant")
    UNDO = "undo", _("Undo")


class BulkEdit(models.Model):
    """All its changes are one ``edit``, which is undone as one. ``params`` say what the leads get, as the form
    asked; ``lead_ids`` are their keys, 16 bytes each; the first ``done`` are through, and ``changed`` of these did."""

    kind = models.CharField(_("what"), max_length=10, choices=BulkKind)
    params = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    edit = models.OneToOneField(Edit, on_delete=models.CASCADE, related_name="+")
    undoes = models.ForeignKey(Edit, on_delete=models.CASCADE, null=True, related_name="+")
    lead_ids = models.BinaryField(editable=False)
    found = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("bulk edit")
        verbose_name_plural = _("bulk edits")
        ordering = ["-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["id"], condition=models.Q(finished_at=None), name="bulk_edit_open")]

    def __str__(self) -> str:
        return str(BulkKind(self.kind).label)

    def ids(self, begin: int, end: int) -> list[UUID]:
        """Those from one place to before another."""
        return unpacked(bytes(self.lead_ids)[PACKED * begin : PACKED * end])
