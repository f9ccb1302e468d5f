"""New credentials of a destination: tried first, and kept only if nothing fails. Until then the old ones are used."""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.contract import CheckStep
from leads.delivery import gate
from leads.delivery.checking import passed, report_on
from leads.delivery.connecting import CannotConnect
from leads.encryption import SecretUnreadable, decrypt, encrypt
from leads.models import Destination


def sealed(secrets: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """What is new of each, encrypted, until a worker tries it."""
    return encrypt(json.dumps({"secrets": secrets, "settings": settings}, cls=DjangoJSONEncoder))


def renew(destination: Destination, seal: str) -> Sequence[CheckStep]:
    """Check the settings with what is sealed; keep it, and let the destination go on, if nothing failed."""
    try:
        new = json.loads(decrypt(seal))
    except SecretUnreadable:
        return [check_steps.failed(_("Settings"), CannotConnect("secrets_unreadable").failure)]
    tried = copy(destination)
    _write(tried, new)
    steps = report_on(tried).steps
    if passed(steps):
        with transaction.atomic():
            kept = Destination.objects.select_for_update().get(pk=destination.pk)
            _write(kept, new)
            kept.save(update_fields=["settings", "encrypted_secrets"])
        gate.resume_after_check(destination.pk)
    return steps


def _write(destination: Destination, new: Mapping[str, Any]) -> None:
    """Over what there is: other settings may have been changed since these were entered."""
    try:
        secrets = destination.read_secrets()
    except SecretUnreadable:
        secrets = {}
    destination.settings = destination.settings | new["settings"]
    destination.write_secrets({name: value for name, value in (secrets | new["secrets"]).items() if value})
