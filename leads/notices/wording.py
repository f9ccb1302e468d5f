"""A notice in words, in the active language."""

from datetime import date
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Notice
from leads.models.notice import NoticeKind
from leads.notices.credentials import label_of


class Words(NamedTuple):
    """``path`` is the page where to act, without scheme and host."""

    subject: str
    text: str
    path: str


def words_of(notice: Notice) -> Words:
    match NoticeKind(notice.kind):
        case NoticeKind.CREDENTIAL_ENDS:
            return _of_credential(notice)


def _of_credential(notice: Notice) -> Words:
    assert notice.destination is not None
    ends_on = date.fromisoformat(notice.params["ends_on"])
    names = {
        "destination": notice.destination.name,
        "credential": label_of(notice.destination.kind, notice.params["credential"]),
        "date": date_format(ends_on, "DATE_FORMAT"),
    }
    text = _(
        "“%(credential)s” of the destination “%(destination)s” ends on %(date)s. From then on its leads wait. "
        "Make a new one in the other system and enter it in the destination's settings."
    )
    path = reverse("admin:leads_destination_change", args=[notice.destination.pk])
    return Words(f"{names['destination']}: {when_it_ends(ends_on, timezone.localdate())}", text % names, path)


def when_it_ends(ends_on: date, today: date) -> str:
    left = (ends_on - today).days
    if left < 0:
        return _("credential has ended")
    if left == 0:
        return _("credential ends today")
    return ngettext("credential ends in %(days)d day", "credential ends in %(days)d days", left) % {"days": left}
