"""What was posted, byte for byte."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.marketplace.remark import Remark
from leads.models.endpoint import Endpoint, EndpointSecret
from leads.models.ids import new_id
from leads.states import InboundState


class InboundRequestQuerySet(models.QuerySet["InboundRequest"]):
    def waiting(self) -> "InboundRequestQuerySet":
        """Not yet read, oldest first."""
        return self.filter(state=InboundState.RECEIVED).order_by("id")


class InboundRequest(models.Model):
    """One request as it came, understood or not. Its id is the receipt that the sender gets."""

    id = models.UUIDField(_("receipt"), primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(
        Endpoint,
        verbose_name=_("endpoint"),
        on_delete=models.PROTECT,
        related_name="inbound_requests",
        db_index=False,
    )
    secret = models.ForeignKey(
        EndpointSecret, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    received_at = models.DateTimeField(_("received"))
    source_address = models.GenericIPAddressField(_("source address"), null=True)
    content_type = models.CharField(_("content type"), max_length=200, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=300, blank=True)
    body = models.BinaryField(_("body"))
    body_size = models.PositiveBigIntegerField(_("size in bytes"))
    state = models.CharField(_("state"), max_length=10, choices=InboundState, default=InboundState.RECEIVED)
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    reason_params = models.JSONField(default=dict, blank=True)
    remarks = models.JSONField(default=list, blank=True)
    repeat_of = models.ForeignKey(
        "leads.Touch", verbose_name=_("repeat of"), on_delete=models.SET_NULL, null=True, related_name="repeats"
    )
    processed_at = models.DateTimeField(_("processed"), null=True)

    objects = InboundRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("inbound request")
        verbose_name_plural = _("inbound requests")
        ordering = ["-id"]
        permissions = [("process_again", _("Can process inbound requests again"))]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=InboundState.REJECTED) | ~models.Q(reason=""),
                name="rejected_inbound_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state=InboundState.RECEIVED), name="inbound_waiting"),
            models.Index(fields=["state", "-id"], name="inbound_state"),
            models.Index(fields=["endpoint", "-id"], name="inbound_endpoint"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_cut(self) -> bool:
        """Only the first part of the body was kept."""
        return 0 < len(self.body) < self.body_size

    @property
    def is_body_gone(self) -> bool:
        """It was taken away: a person was erased, or the time was up for which bodies are kept."""
        return bool(self.body_size and not self.body)

    @property
    def reason_text(self) -> str:
        """Why it was rejected, in people's words; empty when it was not."""
        return Remark(self.reason, self.reason_params).sentence if self.reason else ""
