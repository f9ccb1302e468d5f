"""Deliveries that a person gave up on: who, when and why."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.delivery import Delivery


class GivenUp(models.Model):
    """The last time that somebody gave up on a delivery. It says why that is cancelled, as long as it is."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, primary_key=True, related_name="given_up")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    note = models.CharField(_("note"), max_length=500)

    class Meta:
        verbose_name = _("note on a delivery given up")
        verbose_name_plural = _("notes on deliveries given up")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.delivery_id)
