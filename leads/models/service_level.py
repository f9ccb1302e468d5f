"""How soon people are to be answered."""

from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.offer import Offer
from leads.models.people import Calendar

MOST_PERCENT = 1000


def _from_one_to(most: int) -> list[BaseValidator]:
    return [MinValueValidator(1), MaxValueValidator(most)]


class ServiceLevel(models.Model):
    """The first that fits gives a lead its target; an empty condition fits everything. Without a calendar every minute
    counts. ``warn_at`` and its like are parts of the target in percent; empty: that does not happen."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    enabled = models.BooleanField(_("enabled"), default=True)
    offers = models.ManyToManyField(Offer, verbose_name=_("offers"), blank=True, related_name="+")
    actions = models.JSONField(_("actions"), default=list, blank=True)
    warmths = models.JSONField(_("warmth"), default=list, blank=True)
    target_minutes = models.PositiveIntegerField(
        _("answer within (minutes)"), default=24 * 60, validators=_from_one_to(366 * 24 * 60)
    )
    calendar = models.ForeignKey(
        Calendar, verbose_name=_("working hours"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    warn_at = models.PositiveSmallIntegerField(
        _("warn the owner at (%)"), null=True, blank=True, default=50, validators=_from_one_to(MOST_PERCENT)
    )
    tell_at = models.PositiveSmallIntegerField(
        _("tell the sales lead at (%)"), null=True, blank=True, default=100, validators=_from_one_to(MOST_PERCENT)
    )
    hand_on_at = models.PositiveSmallIntegerField(
        _("give the lead to somebody else at (%)"),
        null=True,
        blank=True,
        default=150,
        validators=_from_one_to(MOST_PERCENT),
    )

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
