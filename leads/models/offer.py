"""What the publisher lists on the marketplace, and the titles under which its leads arrive."""

import hashlib

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Offer(models.Model):
    name = models.CharField(_("name"), max_length=200)
    publisher_id = models.CharField(
        _("publisher ID"), max_length=100, blank=True, help_text=_("As in Partner Center, for example contoso.")
    )
    offer_id = models.CharField(
        _("offer ID"), max_length=200, blank=True, help_text=_("As in Partner Center, for example contoso-firewall.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("publisher_id"),
                models.functions.Lower("offer_id"),
                condition=~models.Q(offer_id=""),
                name="one_offer_per_marketplace_id",
                violation_error_message=_("There is an offer with this publisher ID and offer ID already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class OfferTitle(models.Model):
    """A display title seen in leads. Without an offer it waits for a person to say which offer it means.

    ``is_followed`` is false from a change of ``offer`` until all touches under the title are for that offer.
    """

    title = models.CharField(_("title"), max_length=1000)
    key = models.CharField(max_length=64, unique=True, editable=False)
    offer = models.ForeignKey(
        Offer, verbose_name=_("offer"), on_delete=models.SET_NULL, null=True, blank=True, related_name="titles"
    )
    first_seen_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    changed_at = models.DateTimeField(db_default=Now())
    is_followed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("offer title")
        verbose_name_plural = _("offer titles")
        ordering = ["title"]
        indexes = [  # not over the title: an index takes no text as long as some titles are
            models.Index(fields=["id"], condition=models.Q(offer=None), name="offer_title_unmapped"),
            models.Index(fields=["changed_at"], condition=models.Q(is_followed=False), name="offer_title_to_follow"),
        ]

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def key_of(title: str) -> str:
        """Titles that differ only in letter case or white space are the same title. A digest fits into any index."""
        return hashlib.sha256(" ".join(title.split()).casefold().encode()).hexdigest()

    def clean(self) -> None:
        self.key = self.key_of(self.title)
