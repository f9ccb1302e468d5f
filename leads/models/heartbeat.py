"""Signs of life of the processes that do the work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When a process was last seen by the database's clock. ``name`` is ``timetable`` or that of a worker."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    beat_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
