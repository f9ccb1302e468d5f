"""What makes a lead more or less promising."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.offer import Offer


class ScoreRule(models.Model):
    """Points for a lead on which ``trait`` holds; ``value`` is what the trait is compared with, where it needs one."""

    class Trait(models.TextChoices):
        ACTION = "action", _("The action is")
        OFFER = "offer", _("The offer is")
        COUNTRY = "country", _("The country is")
        TITLE = "title", _("The job title contains")
        BUSINESS_MAIL = "business_mail", _("The e-mail address is of a company")
        PHONE = "phone", _("A phone number is given")
        NOTE = "note", _("The customer wrote a note")
        COME_BACK = "come_back", _("They came back")

    trait = models.CharField(_("when"), max_length=20, choices=Trait)
    value = models.CharField(_("value"), max_length=100, blank=True)
    offer = models.ForeignKey(
        Offer, verbose_name=_("offer"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    points = models.SmallIntegerField(_("points"), validators=[MinValueValidator(-100), MaxValueValidator(100)])
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        verbose_name = _("score rule")
        verbose_name_plural = _("score rules")
        ordering = ["-points", "id"]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.get_trait_display(), str(self.offer or self.value))))


class Rescoring(models.Model):
    """All open leads are given their points again, in the order of their ids: those up to ``cursor`` have them, and
    ``changed`` of these have others than before."""

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    cursor = models.UUIDField(null=True)
    scored = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="rescoring_open")]

    def __str__(self) -> str:
        return str(self.pk)
