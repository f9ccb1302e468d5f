"""What the publisher may add to the marketplace's words, and the rules on whose data is forwarded."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.marketplace.catalogue import Warmth
from leads.states import PrivacyAction


class Term(models.Model):
    """A source or action the publisher added, or a documented one in the publisher's own words."""

    class Kind(models.TextChoices):
        SOURCE = "source", _("Source")
        ACTION = "action", _("Action")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    code = models.CharField(_("code"), max_length=100, help_text=_("As the marketplace sends it, for example INS."))
    label = models.CharField(_("label"), max_length=100, help_text=_("As your staff see it."))
    warmth = models.CharField(
        _("warmth"), max_length=10, choices=Warmth, blank=True, help_text=_("For actions: how soon to answer.")
    )

    class Meta:
        verbose_name = _("source or action")
        verbose_name_plural = _("sources and actions")
        ordering = ["kind", "code"]
        constraints = [
            models.UniqueConstraint(
                "kind",
                models.functions.Lower("code"),
                name="one_term_per_code",
                violation_error_message=_("There is an entry for this code already."),
            )
        ]

    def __str__(self) -> str:
        return self.label


class PrivacyRule(models.Model):
    """Personal data of addresses in these mail domains is held back (Microsoft's lead FAQ: ``.edu``)."""

    domain = models.CharField(
        _("mail domain"),
        max_length=100,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9-]+(\.[a-z0-9-]+)*$", _("Enter a domain in small letters, such as edu."))],
        help_text=_("The end of the address after the @: edu also means cs.example.edu, but not edu.au."),
    )
    action = models.CharField(_("what happens"), max_length=5, choices=PrivacyAction, default=PrivacyAction.HOLD)

    class Meta:
        verbose_name = _("privacy rule")
        verbose_name_plural = _("privacy rules")
        ordering = ["domain"]

    def __str__(self) -> str:
        return f".{self.domain}"
