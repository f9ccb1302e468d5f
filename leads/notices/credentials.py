"""Credentials that end: told 30, 7 and 1 days before, and when the day has come."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from integrations.contract import CredentialEnd
from integrations.registry import KINDS, connector_class
from leads.encryption import SecretUnreadable
from leads.models import Credential, Destination, Notice
from leads.models.notice import NoticeKind

THRESHOLDS = (30, 7, 1, 0)
"""Days before the end. 0: it has ended."""


def keep_ends(destination: Destination, ends: Sequence[CredentialEnd]) -> None:
    """The ends as the settings now say them. A new date is told of anew."""
    with transaction.atomic():
        Credential.objects.filter(destination=destination).exclude(name__in=[end.name for end in ends]).delete()
        for end in ends:
            kept, is_new = Credential.objects.get_or_create(
                destination=destination, name=end.name, defaults={"ends_on": end.on}
            )
            if not is_new and kept.ends_on != end.on:
                Credential.objects.filter(pk=kept.pk).update(ends_on=end.on, warned=None)


def follow(destination_id: int) -> None:
    """Keep the ends of what is stored now, which a worker may have renewed."""
    for destination in Destination.objects.filter(pk=destination_id, kind__in=KINDS):
        connector = connector_class(destination.kind)
        try:
            form = connector.Config.of(destination.config())
        except SecretUnreadable:
            return
        if form.is_valid():
            keep_ends(destination, connector.credential_ends(form.cleaned_data))


def ending(today: date) -> QuerySet[Credential]:
    """Those within the longest threshold or past their end, the nearest first."""
    last = today + timedelta(days=THRESHOLDS[0])
    return Credential.objects.filter(ends_on__lte=last, destination__enabled=True).select_related("destination")


def warn(today: date) -> int:
    """Make the notices that are due; each threshold is told once. Returns how many were made."""
    return sum(_warn_of(credential, today) for credential in ending(today))


def _warn_of(credential: Credential, today: date) -> bool:
    threshold = reached(credential.ends_on, today)
    if threshold is None or (credential.warned is not None and credential.warned <= threshold):
        return False
    with transaction.atomic():
        same = Credential.objects.filter(pk=credential.pk, ends_on=credential.ends_on, warned=credential.warned)
        if not same.update(warned=threshold):
            return False  # another worker was first
        Notice.objects.create(
            kind=NoticeKind.CREDENTIAL_ENDS,
            destination=credential.destination,
            params={"credential": credential.name, "ends_on": credential.ends_on.isoformat()},
        )
    return True


def reached(ends_on: date, today: date) -> int | None:
    """The smallest threshold that the days left have reached; ``None`` when there is time. Pure."""
    left = (ends_on - today).days
    return min((days for days in THRESHOLDS if left <= days), default=None)


def label_of(kind: str, name: str) -> str:
    """What the settings form calls the field of a credential."""
    field = connector_class(kind).Config.base_fields.get(name) if kind in KINDS else None
    return str(field.label) if field and field.label else name
