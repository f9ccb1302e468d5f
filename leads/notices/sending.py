"""Send the notices that wait: by mail to who looks after this installation, and to a chat. Neither keeps the other from
being told, and a server that is away loses none of them."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from integrations import chat
from leads.models import Notice
from leads.models.notice import NoticeState
from leads.notices.mailing import mail, recipients
from leads.notices.wording import words_of

logger = logging.getLogger(__name__)

PAGE = 50
MOST_TRIES = 12
WAIT = timedelta(minutes=10)


def send_waiting() -> int:
    """Send what is due, oldest first; returns how many were sent."""
    due = Notice.objects.filter(state=NoticeState.WAITING, next_attempt_at__lte=Now())
    with_names = due.select_related("destination", "trouble__destination", "trouble__endpoint")
    return sum(_send(notice) for notice in with_names.order_by("id")[:PAGE])


def _send(notice: Notice) -> bool:
    if not _take(notice):
        return False
    people = recipients() if settings.LEADCRM_SENDS_MAIL else []
    if not people and not settings.LEADCRM_CHAT_URL:
        _settle(notice, NoticeState.KEPT)
        return False
    faults = [fault for fault in (mail(notice, people), _say_in_chat(notice)) if fault]
    if faults:
        logger.warning("Notice %s did not reach everybody: %s", notice.id, ", ".join(faults))
        _put_off(notice, ", ".join(faults))
        return False
    _settle(notice, NoticeState.SENT)
    return True


def _take(notice: Notice) -> bool:
    """Set the next try before this one, so that two workers do not send the same notice."""
    same = Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING, tries=notice.tries)
    notice.tries += 1
    return bool(same.update(tries=notice.tries, next_attempt_at=Now() + WAIT))


def _say_in_chat(notice: Notice) -> str:
    """The cause of a fault, empty where there was none."""
    if not settings.LEADCRM_CHAT_URL or notice.is_in_chat:
        return ""
    words = words_of(notice)
    link = f"{settings.LEADCRM_PUBLIC_URL}{words.path}"
    if failure := chat.post(settings.LEADCRM_CHAT_URL, words.subject, words.text, link):
        return failure.cause
    notice.is_in_chat = True
    notice.save(update_fields=["is_in_chat"])
    return ""


def _settle(notice: Notice, state: NoticeState) -> None:
    sent_at = {"sent_at": Now()} if state is NoticeState.SENT else {}
    Notice.objects.filter(pk=notice.pk).update(state=state, fault="", **sent_at)


def _put_off(notice: Notice, fault: str) -> None:
    state = NoticeState.FAILED if notice.tries >= MOST_TRIES else NoticeState.WAITING
    Notice.objects.filter(pk=notice.pk).update(state=state, fault=fault[:200])
