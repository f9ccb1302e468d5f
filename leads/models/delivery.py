"""Deliveries, which are schedule, queue entry and lock in one, and the attempts made for them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.destination import Destination, Route
from leads.models.ids import new_id
from leads.models.touch import Touch
from leads.states import ARRIVAL_LABELS, AttemptResult, DeliveryState, Priority


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self) -> "DeliveryQuerySet":
        """Queued and their time has come, by the database's clock; in the order in which they are to be sent.

        Whoever brings the next try forward, nothing is looked for before a search can show it.

        Every priority is wanted. Naming them lets SQLite, which plans without statistics, see that ``delivery_due``
        fits better than the index of all that ever went to the destination.
        """
        can_be_found = Q(look_from=None) | Q(look_from__lte=Now())
        return self.filter(
            can_be_found, state=DeliveryState.QUEUED, priority__in=Priority.values, next_attempt_at__lte=Now()
        ).order_by("priority", "next_attempt_at", "id")

    def expired_claims(self) -> "DeliveryQuerySet":
        return self.filter(state=DeliveryState.SENDING, claimed_until__lt=Now())


class Delivery(models.Model):
    """One touch to one destination until it is settled. The hot table: small columns only.

    ``reason`` says why it is withheld, failed, or waits: a cause of ``integrations.diagnosis`` or a
    ``states.Withheld``. Every write that ends a try carries ``claim_id``: it fences off workers that lost their claim.
    ``look_from`` is set while an earlier try may have made the record: before it is sent again it is looked for over
    there, and not before this time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    touch = models.ForeignKey(
        Touch, verbose_name=_("touch"), on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    route = models.ForeignKey(Route, verbose_name=_("route"), on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    without_personal_data = models.BooleanField(_("without personal data"), default=False)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.FRESH)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    lost_claims = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(_("next try"), db_default=Now())
    look_from = models.DateTimeField(_("looked for from"), null=True)
    deadline_at = models.DateTimeField(_("given up at"), null=True)
    claim_id = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    arrival = models.CharField(
        max_length=15, choices=[(arrival.value, label) for arrival, label in ARRIVAL_LABELS.items()], blank=True
    )
    external_id = models.CharField(_("ID over there"), max_length=300, blank=True)
    external_url = models.URLField(_("link to the record"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    delivered_at = models.DateTimeField(_("delivered"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        permissions = [
            ("retry_delivery", _("Can send failed deliveries again")),
            ("resend_delivered", _("Can send delivered leads a second time")),
            ("release_delivery", _("Can release withheld deliveries")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["touch", "destination"], name="one_delivery_per_touch_and_destination"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.SENDING, claim_id__isnull=False, claimed_until__isnull=False)
                | (~Q(state=DeliveryState.SENDING) & Q(claim_id__isnull=True, claimed_until__isnull=True)),
                name="sending_has_claim_others_none",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.DELIVERED) | Q(delivered_at__isnull=False), name="delivered_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[DeliveryState.FAILED, DeliveryState.WITHHELD]) | ~Q(reason=""),
                name="failed_and_withheld_have_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["destination", "priority", "next_attempt_at", "id"],
                condition=Q(state=DeliveryState.QUEUED),
                name="delivery_due",
            ),
            models.Index(
                fields=["destination", "claimed_until"],
                condition=Q(state=DeliveryState.SENDING),
                name="delivery_claimed",
            ),
            models.Index(
                fields=["destination", "reason", "-id"],
                condition=Q(state=DeliveryState.FAILED),
                name="delivery_failed",
            ),
            models.Index(fields=["state", "-id"], name="delivery_state"),
            models.Index(fields=["destination", "-id"], name="delivery_destination"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(models.Model):
    """One try of one delivery: written when it starts, completed when it ends, never changed afterwards.

    ``sent_at`` is committed before the first byte leaves, where the destination cannot recognise a repeat: a try
    that was lost without this mark was certainly not sent. ``params`` are the names that the cause's words speak of,
    ``notes`` what is worth knowing about how it was sent (``integrations.notes``).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(
        Delivery, verbose_name=_("delivery"), on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    claim_id = models.UUIDField()
    started_at = models.DateTimeField(_("started"), db_default=Now())
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.CharField(_("result"), max_length=15, choices=AttemptResult, blank=True)
    is_late = models.BooleanField(_("came after the claim had ended"), default=False)
    cause = models.CharField(_("cause"), max_length=60, blank=True)
    detail = models.TextField(_("the other side's words"), blank=True)
    params = models.JSONField(default=dict, blank=True)
    code = models.CharField(_("code"), max_length=100, blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    duration_ms = models.PositiveIntegerField(_("duration in ms"), null=True)
    notes = models.JSONField(default=list, blank=True)
    exchange = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "claim_id"], name="one_attempt_per_claim"),
            models.CheckConstraint(
                condition=Q(finished_at=None, result="") | (Q(finished_at__isnull=False) & ~Q(result="")),
                name="finished_attempt_has_result",
            ),
        ]
        indexes = [models.Index(fields=["delivery", "-id"], name="attempt_delivery")]

    def __str__(self) -> str:
        return str(self.id)
