"""Who may see the personal data that a privacy rule holds back; looking at it leaves an entry in the log."""

from typing import cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from leads.models import InboundRequest, Lead

LOOKED = gettext_lazy("Looked at personal data that a privacy rule holds back.")


def sees_held_back(request: HttpRequest) -> bool:
    return request.user.has_perm("leads.view_private_lead")


def may_see(request: HttpRequest, lead: Lead) -> bool:
    return not lead.is_private or sees_held_back(request)


def shows(request: HttpRequest, lead: Lead) -> bool:
    """As ``may_see``, called where the lead's personal data is shown: what is held back from others is noted."""
    if lead.is_private and sees_held_back(request):
        note_view(request, lead)
    return may_see(request, lead)


def note_view(request: HttpRequest, shown: Lead | InboundRequest) -> None:
    """Called where personal data that is held back from others is shown."""
    LogEntry.objects.create(
        user=cast(User, request.user),
        content_type=ContentType.objects.get_for_model(shown),
        object_id=str(shown.pk),
        object_repr=str(shown.pk),
        action_flag=CHANGE,
        change_message=str(LOOKED),
    )
