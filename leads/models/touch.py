"""Touches: one for each thing a person did on the marketplace."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.marketplace.lead_source import Quality
from leads.marketplace.remark import Remark
from leads.models.endpoint import Endpoint
from leads.models.ids import new_id
from leads.models.inbound import InboundRequest
from leads.models.lead import Lead
from leads.models.offer import Offer, OfferTitle
from leads.states import PrivacyAction


class Touch(models.Model):
    """One thing a person did on the marketplace. Never changed; only ``lead`` and ``offer`` may move.

    Its id is the key of the record at every destination. From ``erased_at`` on it no longer tells who the person was,
    and goes nowhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inbound_request = models.ForeignKey(
        InboundRequest,
        verbose_name=_("inbound request"),
        on_delete=models.PROTECT,
        related_name="touches",
        db_index=False,  # the unique constraint starts with it
    )
    position = models.PositiveIntegerField(default=0)
    endpoint = models.ForeignKey(Endpoint, verbose_name=_("endpoint"), on_delete=models.PROTECT, related_name="touches")
    lead = models.ForeignKey(
        Lead, verbose_name=_("lead"), on_delete=models.PROTECT, related_name="touches", db_index=False
    )
    offer = models.ForeignKey(
        Offer, verbose_name=_("offer"), on_delete=models.SET_NULL, null=True, blank=True, related_name="touches"
    )
    known_title = models.ForeignKey(
        OfferTitle, on_delete=models.SET_NULL, null=True, related_name="touches", db_index=False
    )
    received_at = models.DateTimeField(_("received"))

    first_name = models.CharField(_("first name"), max_length=500, blank=True)
    last_name = models.CharField(_("last name"), max_length=500, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=500, blank=True)
    country = models.CharField(_("country as given"), max_length=500, blank=True)
    company = models.CharField(_("company"), max_length=500, blank=True)
    title = models.CharField(_("job title"), max_length=500, blank=True)
    lead_source = models.CharField(_("lead source as given"), max_length=1000, blank=True)
    action_code = models.CharField(_("action code as given"), max_length=1000, blank=True)
    offer_title = models.CharField(_("offer title"), max_length=1000, blank=True)
    description = models.TextField(_("description"), blank=True)

    source = models.CharField(_("source"), max_length=1000, blank=True)
    action = models.CharField(_("action"), max_length=1000, blank=True)
    publisher_id = models.CharField(_("publisher ID"), max_length=1000, blank=True)
    offer_id_text = models.CharField(_("offer ID as given"), max_length=1000, blank=True)
    note = models.TextField(_("customer's note"), blank=True)
    campaign_ids = models.JSONField(_("campaigns"), default=list, blank=True)
    country_code = models.CharField(_("country"), max_length=2, blank=True)
    phone_e164 = models.CharField(_("phone, normalised"), max_length=20, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    quality = models.CharField(_("understanding of the lead source"), max_length=20, choices=Quality)
    warnings = models.JSONField(_("remarks"), default=list, blank=True)
    unknown_fields = models.JSONField(_("other fields"), default=dict, blank=True)
    is_test = models.BooleanField(_("test lead"), default=False)
    tested_at = models.DateTimeField(_("time of the test"), null=True, blank=True)
    is_dnc = models.BooleanField(_("do not contact"), default=False)
    privacy = models.CharField(_("privacy rule"), max_length=5, choices=PrivacyAction, default=PrivacyAction.OFF)
    fingerprint = models.CharField(max_length=64, blank=True)
    repeat_window = models.BigIntegerField(default=0)
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["inbound_request", "position"], name="one_touch_per_position"),
            models.UniqueConstraint(
                fields=["endpoint", "fingerprint", "repeat_window"],
                condition=~models.Q(fingerprint=""),
                name="no_repeat_in_a_window",
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "-id"], name="touch_lead"),
            models.Index(fields=["-received_at", "-id"], name="touch_newest"),
            models.Index(fields=["email_key"], condition=~models.Q(email_key=""), name="touch_person"),
            models.Index(fields=["known_title", "id"], name="touch_title"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def remarks(self) -> list[Remark]:
        """What was unusual about it, to show to people."""
        return [Remark(**stored) for stored in self.warnings]
