"""Who may see the personal data that a privacy rule holds back; looking at it leaves an entry in the log."""

import re
from typing import cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.utils.translation import gettext as _

from leads.models import InboundRequest, Lead, PrivacyRule
from leads.policy import privacy_of
from leads.states import PrivacyAction

_ADDRESS = re.compile(r"@\s*[\w.-]+")


def sees_held_back(request: HttpRequest) -> bool:
    return request.user.has_perm("leads.view_private_lead")


def may_see(request: HttpRequest, lead: Lead) -> bool:
    return not lead.is_private or sees_held_back(request)


def names_private_person(body: bytes) -> bool:
    """Whether an address in a request that no lead came out of is one that a rule holds back."""
    rules = {domain: PrivacyAction(action) for domain, action in PrivacyRule.objects.values_list("domain", "action")}
    text = body.replace(b"\0", b"").decode("latin-1")  # UTF-16 and UTF-32, too
    return any(privacy_of(address, rules) == PrivacyAction.HOLD for address in _ADDRESS.findall(text))


def note_view(request: HttpRequest, shown: Lead | InboundRequest) -> None:
    """Called where personal data that is held back from others is shown."""
    LogEntry.objects.create(
        user=cast(User, request.user),
        content_type=ContentType.objects.get_for_model(shown),
        object_id=str(shown.pk),
        object_repr=str(shown.pk),
        action_flag=CHANGE,
        change_message=_("Looked at personal data that a privacy rule holds back."),
    )
