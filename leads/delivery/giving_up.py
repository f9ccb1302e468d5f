"""Give up on deliveries: nothing more is sent for them, and it stays known who said so and why."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads.delivery.resending import STOPPABLE, cancel_deliveries
from leads.models import Delivery, GivenUp

MOST_AT_ONCE = 1000


def give_up(deliveries: QuerySet[Delivery], by: Any, note: str) -> int:
    """Those that wait or failed, the newest ``MOST_AT_ONCE``; "try again" undoes it. Returns how many there were.

    In one transaction with the note and the entry in the log, so that none is cancelled without a reason.
    """
    with transaction.atomic():
        standing = Delivery.objects.filter(id__in=deliveries.values("id"), state__in=STOPPABLE)
        ids = list(standing.order_by("-id").select_for_update().values_list("id", flat=True)[:MOST_AT_ONCE])
        chosen = Delivery.objects.filter(id__in=ids)
        moved = cancel_deliveries(chosen)
        _note(chosen, by, note)
    return moved


def _note(chosen: QuerySet[Delivery], by: User, note: str) -> None:
    notes = [GivenUp(delivery=delivery, by=by, note=note, at=Now()) for delivery in chosen]
    columns = ["by", "note", "at"]
    GivenUp.objects.bulk_create(notes, update_conflicts=True, unique_fields=["delivery"], update_fields=columns)
    LogEntry.objects.log_actions(by.pk, chosen, CHANGE, _("Given up: %(note)s") % {"note": note})
