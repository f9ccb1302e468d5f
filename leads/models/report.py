"""What reports are made of: the leads of each day, counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayTally(models.Model):
    """The leads that came on one day by the clock of ``zone``, and the deliveries made on it, as they stood at
    ``counted_at``. ``counts`` is ``leads.reports.counting.Counts``.

    Whatever changes later is found by counting the day again: the one that was counted longest ago comes next.
    """

    day = models.DateField(primary_key=True)
    zone = models.CharField(max_length=50, blank=True)
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [("view_reports", _("Can see reports"))]
        indexes = [models.Index(fields=["counted_at"], name="day_tally_counted")]

    def __str__(self) -> str:
        return self.day.isoformat()
