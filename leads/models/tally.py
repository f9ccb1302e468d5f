"""How tries had ended so far, noted from time to time, so that the difference says how they went lately."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.destination import Destination


class Tally(models.Model):
    """The counts of one destination's gate at one moment: how many tries had delivered, and how many had failed."""

    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.CASCADE, related_name="tallies"
    )
    taken_at = models.DateTimeField()
    delivered = models.PositiveBigIntegerField()
    failed = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["taken_at", "destination"], name="one_tally_of_a_destination_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.destination}: {self.taken_at}"
