"""The rules by which leads are given to people."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.offer import Offer
from leads.models.people import Team
from leads.states import Sharing


class CountryGroup(models.Model):
    """Countries that belong together, such as a sales territory. ``countries`` are codes of ISO 3166-1."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    countries = models.JSONField(_("countries"), default=list)

    class Meta:
        verbose_name = _("country group")
        verbose_name_plural = _("country groups")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AssignmentRule(models.Model):
    """The first that fits gives the lead away; an empty condition fits everything. The catch-all comes last, has no
    conditions, and always gives the lead to somebody.

    Without ``people`` it is the whole team; without a team, everybody who works on leads. ``also_told`` are e-mail
    addresses that hear of each new lead of this rule.
    """

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0)
    enabled = models.BooleanField(_("enabled"), default=True)
    is_catch_all = models.BooleanField(default=False, editable=False)
    offers = models.ManyToManyField(Offer, verbose_name=_("offers"), blank=True, related_name="+")
    country_groups = models.ManyToManyField(
        CountryGroup, verbose_name=_("country groups"), blank=True, related_name="rules"
    )
    countries = models.JSONField(_("countries"), default=list, blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    actions = models.JSONField(_("actions"), default=list, blank=True)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True, related_name="rules"
    )
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name=_("people"), blank=True, related_name="+")
    sharing = models.CharField(_("shared"), max_length=10, choices=Sharing, default=Sharing.IN_TURN)
    also_told = models.JSONField(_("also told"), default=list, blank=True)
    last_given_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")
        ordering = ["is_catch_all", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["is_catch_all"], condition=Q(is_catch_all=True), name="one_catch_all"),
            models.CheckConstraint(
                condition=Q(is_catch_all=False) | (Q(enabled=True) & ~Q(sharing=Sharing.WHO_TAKES)),
                name="catch_all_always_gives",
            ),
        ]

    def __str__(self) -> str:
        return self.name
