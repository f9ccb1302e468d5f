"""When the credentials of destinations end."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.destination import Destination


class Credential(models.Model):
    """One credential whose end is known. ``name`` is the settings field that holds it; the secret itself is not here.

    ``warned`` is the smallest number of days before the end for which people were told.
    """

    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.CASCADE, related_name="credentials"
    )
    name = models.CharField(_("name"), max_length=60)
    ends_on = models.DateField(_("ends on"), db_index=True)
    warned = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        ordering = ["ends_on", "id"]
        permissions = [("renew_credential", _("Can enter new credentials of destinations"))]
        constraints = [
            models.UniqueConstraint(fields=["destination", "name"], name="one_end_per_credential"),
        ]

    def __str__(self) -> str:
        return f"{self.destination}: {self.name}"
