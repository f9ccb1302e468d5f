"""Many deliveries sent again at once: which, who asked for it, and how far it has come."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.destination import Destination
from leads.models.offer import Offer
from leads.states import DeliveryState


class ResendKind(models.TextChoices):
    FAILED = "failed", _("Failed ones again")
    DELIVERED = "delivered", _("Delivered ones again")
    MISSING = "missing", _("Leads that never went there")


class ResendState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a worker")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Skipped(models.TextChoices):
    """Why a delivery, or a touch, that was looked at stayed as it was. States: it was in this one by then."""

    QUEUED = DeliveryState.QUEUED.value, _("waited to be sent already")
    SENDING = DeliveryState.SENDING.value, _("was being sent")
    DELIVERED = DeliveryState.DELIVERED.value, _("was delivered meanwhile")
    FAILED = DeliveryState.FAILED.value, _("failed meanwhile")
    CANCELLED = DeliveryState.CANCELLED.value, _("was cancelled meanwhile")
    WITHHELD = DeliveryState.WITHHELD.value, _("withheld by policy")
    MAY_HAVE_ARRIVED = "may_have_arrived", _("may have arrived already")
    NO_ROUTE = "no_route", _("no route leads it there")
    GONE = "gone", _("is no longer kept")


OPEN = (ResendState.WAITING, ResendState.RUNNING)
STATES_TRIED_AGAIN = (DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.QUEUED)


class ResendJob(models.Model):
    """Which, from ``kind`` to ``until``: empty means any, ``since`` is included, ``until`` is not. The times are those
    when a delivery was made; for ``DELIVERED`` when it arrived, for ``MISSING`` when the touch was received.

    ``doubles_confirmed``: whoever asked accepts that records over there may come to be there twice. ``found`` is how
    many there were to look at when it began; ``cursor`` the id of the last that was. ``skipped`` counts by ``Skipped``.
    """

    kind = models.CharField(_("what"), max_length=10, choices=ResendKind, default=ResendKind.FAILED)
    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.CASCADE, null=True, related_name="resend_jobs"
    )
    states = models.JSONField(_("states"), default=list)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    # A job whose filter loses a part would send more than was asked for.
    offer = models.ForeignKey(Offer, verbose_name=_("offer"), on_delete=models.CASCADE, null=True, related_name="+")
    since = models.DateTimeField(_("since"), null=True)
    until = models.DateTimeField(_("until"), null=True)
    doubles_confirmed = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked for"), db_default=Now())
    state = models.CharField(_("state"), max_length=10, choices=ResendState, default=ResendState.WAITING)
    found = models.PositiveIntegerField(null=True)
    cursor = models.UUIDField(null=True)
    moved = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=dict)
    started_at = models.DateTimeField(_("started"), null=True)
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ["-id"]
        default_permissions = ()
        constraints = [
            # What the first has sent again would be sent once more by the second.
            models.UniqueConstraint(
                fields=["destination"],
                condition=Q(kind=ResendKind.DELIVERED, state__in=OPEN),
                name="one_replay_to_a_destination",
            ),
            models.CheckConstraint(
                condition=Q(kind=ResendKind.FAILED) | Q(destination__isnull=False), name="replay_has_destination"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, finished_at=None) | (~Q(state__in=OPEN) & Q(finished_at__isnull=False)),
                name="closed_replay_has_end",
            ),
        ]

    def __str__(self) -> str:
        what = str(ResendKind(self.kind).label)
        return f"{what}: {self.destination}" if self.destination else what

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def looked_at(self) -> int:
        return int(self.moved + sum(self.skipped.values()))

    @property
    def skipped_in_words(self) -> list[tuple[Any, int]]:
        """The largest number first; in words of this version, whichever wrote it."""
        known = dict(Skipped.choices)
        counts = sorted(self.skipped.items(), key=lambda item: -item[1])
        return [(known.get(reason, reason), number) for reason, number in counts]
