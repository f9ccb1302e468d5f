"""The history of leads: who changed what, why, and what stood there before."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.ids import new_id
from leads.models.lead import Lead
from leads.states import EditCause


class Edit(models.Model):
    """One thing somebody did to one lead or to many at once. ``reason`` is what the person typed, ``params`` the names
    that the cause speaks of."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    cause = models.CharField(max_length=10, choices=EditCause, default=EditCause.PERSON)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    params = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(_("time"), db_default=Now())
    undoes = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="undone_by")

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("edits")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class Change(models.Model):
    """One field of one lead. Values are as stored: the key of a row, the ISO form of a time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    edit = models.ForeignKey(Edit, on_delete=models.CASCADE, related_name="changes", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="changes", db_index=False)
    field = models.CharField(max_length=30)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["edit", "lead", "field"], name="one_change_per_field"),
        ]
        indexes = [models.Index(fields=["lead", "-id"], name="change_lead")]

    def __str__(self) -> str:
        return self.field
