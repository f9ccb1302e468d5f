"""Change the secret of an endpoint's URL without losing a lead: the old one stays valid until somebody revokes it."""

from django.db import transaction
from django.utils import timezone

from leads.models import Endpoint, EndpointSecret


class TwoSecretsValid(Exception):
    """One of the two has to be revoked before a third can be made."""


def add_secret(endpoint: Endpoint) -> EndpointSecret:
    """A further valid secret. Raises ``TwoSecretsValid``, also for all but one of those who ask at the same time."""
    with transaction.atomic():
        Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        taken = set(EndpointSecret.objects.valid().filter(endpoint=endpoint).values_list("slot", flat=True))
        free = {EndpointSecret.FIRST, EndpointSecret.SECOND} - taken
        if not free:
            raise TwoSecretsValid
        secret = EndpointSecret.make(endpoint, min(free))
        secret.save()
    return secret


def revoke_secret(endpoint: Endpoint, secret_id: int) -> bool:
    """From now on its URL answers like any unknown one. False when it was revoked already."""
    valid = EndpointSecret.objects.valid().filter(endpoint=endpoint, pk=secret_id)
    return bool(valid.update(revoked_at=timezone.now()))
