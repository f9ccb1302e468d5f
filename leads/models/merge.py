"""Leads that are one: which were merged, and which look as if they should be."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.edit import Edit
from leads.models.ids import new_id
from leads.models.lead import Lead
from leads.states import Likeness


class Merge(models.Model):
    """``absorbed`` became part of ``survivor``; the row is there as long as that stands, and holds what is needed to
    split them again: the survivor as it was ``before`` and right ``after``, which ``parts`` it took from the other,
    the touches that it had until then (``known``), and the rows that ``moved`` to it.

    The absorbed lead's own row is left as it was.
    """

    survivor = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="merges")
    absorbed = models.OneToOneField(Lead, on_delete=models.CASCADE, related_name="merge")
    edit = models.OneToOneField(Edit, on_delete=models.SET_NULL, null=True, related_name="merge")
    parts = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    known = models.JSONField(default=list)
    moved = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class LeadPair(models.Model):
    """Two leads that may be one, the smaller key first. Open until they are merged, or a person says that they are not:
    then the row stays, and nobody is asked again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    first = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_index=False)
    likeness = models.PositiveSmallIntegerField(choices=Likeness)
    found_at = models.DateTimeField(db_default=Now())
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("pair of leads")
        verbose_name_plural = _("pairs of leads")
        ordering = ["-likeness", "-id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_row_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="smaller_key_first"),
        ]
        indexes = [
            models.Index(fields=["second"], name="pair_second"),
            models.Index(fields=["-likeness", "-id"], condition=Q(dismissed_at=None), name="pair_open"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
