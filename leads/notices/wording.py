"""A notice in words, in the active language."""

from datetime import date, datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Notice, Trouble
from leads.models.notice import NoticeKind
from leads.models.trouble import TroubleKind
from leads.notices.credentials import label_of
from leads.watching import wording
from leads.watching.backlog import MOST, shown


class Words(NamedTuple):
    """``path`` is the page where to act, without scheme and host."""

    subject: str
    text: str
    path: str


def words_of(notice: Notice) -> Words:
    match NoticeKind(notice.kind):
        case NoticeKind.CREDENTIAL_ENDS:
            return _of_credential(notice)
        case NoticeKind.TROUBLE:
            return _of_trouble(notice)
        case NoticeKind.ALL_CLEAR:
            return _of_all_clear(notice)


def _of_trouble(notice: Notice) -> Words:
    assert notice.trouble is not None
    about, count = wording.subject_of(notice.trouble), notice.params["count"]
    words = wording.words_of(notice.trouble, count=count, names=notice.params["names"])
    since = _moment(notice.params["began_at"])
    lines = [f"{about}: {words.what}", words.remedy, _("Since %(moment)s.") % {"moment": since}]
    if count:
        lines.append(_concerned(count))
    what = _short(notice.trouble)
    subject = (
        _("%(name)s: still %(what)s") % {"name": about, "what": what} if notice.params["told"] else f"{about}: {what}"
    )
    return Words(subject, "\n".join(lines), words.path)


def _concerned(count: int) -> str:
    if count >= MOST:
        return _("%(count)s leads are concerned; none is lost.") % {"count": shown(count)}
    text = ngettext("%(count)d lead is concerned; none is lost.", "%(count)d leads are concerned; none is lost.", count)
    return text % {"count": count}


def _of_all_clear(notice: Notice) -> Words:
    assert notice.trouble is not None
    about = wording.subject_of(notice.trouble)
    words = wording.words_of(notice.trouble, count=notice.params["count"], names=notice.params["names"])
    text = _("This is over, it stood since %(moment)s: %(what)s")
    names = {"moment": _moment(notice.params["began_at"]), "what": words.what}
    return Words(_("%(name)s: all clear") % {"name": about}, text % names, words.path)


def _short(trouble: Trouble) -> str:
    return str(TroubleKind(trouble.kind).label).lower()


def _moment(text: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(text)), "DATETIME_FORMAT")


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
