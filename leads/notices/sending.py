"""Mail the notices that wait to who looks after this installation. A mail server that is away loses none of them."""

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models.functions import Now

from leads.models import Notice
from leads.models.notice import NoticeState
from leads.notices.wording import words_of
from leads.roles import OPS, OWNER

logger = logging.getLogger(__name__)

PAGE = 50
MOST_TRIES = 12
WAIT = timedelta(minutes=10)


def send_waiting() -> int:
    """Send what is due, oldest first; returns how many were sent."""
    due = Notice.objects.filter(state=NoticeState.WAITING, next_attempt_at__lte=Now()).select_related("destination")
    return sum(_send(notice) for notice in due.order_by("id")[:PAGE])


def _send(notice: Notice) -> bool:
    if not _take(notice):
        return False
    people = recipients()
    if not settings.LEADCRM_SENDS_MAIL or not people:
        _settle(notice, NoticeState.KEPT)
        return False
    trouble = _tell(notice, people)
    if trouble:
        logger.warning("Notice %s could not be mailed to everybody: %s", notice.id, trouble)
        _put_off(notice, trouble)
        return False
    _settle(notice, NoticeState.SENT)
    return True


def recipients() -> list[User]:
    """The active people in the groups that run the installation, each address once."""
    people = User.objects.filter(is_active=True, groups__name__in=[OPS, OWNER]).exclude(email="")
    return list({person.email: person for person in people.order_by("email", "-id")}.values())


def _take(notice: Notice) -> bool:
    """Set the next try before this one, so that two workers do not send the same notice."""
    same = Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING, tries=notice.tries)
    notice.tries += 1
    return bool(same.update(tries=notice.tries, next_attempt_at=Now() + WAIT))


def _tell(notice: Notice, people: list[User]) -> str:
    """One message each: nobody needs to know who else was told, and an address that is refused keeps it from nobody
    else. The name of the last trouble, empty where there was none."""
    trouble = ""
    for person in people:
        if person.pk in notice.told:
            continue
        try:
            _message(notice, person.email).send()
        except (SMTPException, OSError) as error:
            trouble = type(error).__name__
            if not isinstance(error, SMTPRecipientsRefused):  # the server's trouble, not the address's
                break
        else:
            notice.told.append(person.pk)
            notice.save(update_fields=["told"])
    return trouble


def _message(notice: Notice, address: str) -> EmailMessage:
    words = words_of(notice)
    body = f"{words.text}\n\n{settings.LEADCRM_PUBLIC_URL}{words.path}\n"
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{notice.id}@lead-crm>"}
    return EmailMessage(f"[Lead CRM] {words.subject}", body, settings.DEFAULT_FROM_EMAIL, [address], headers=headers)


def _settle(notice: Notice, state: NoticeState) -> None:
    sent_at = {"sent_at": Now()} if state is NoticeState.SENT else {}
    Notice.objects.filter(pk=notice.pk).update(state=state, trouble="", **sent_at)


def _put_off(notice: Notice, trouble: str) -> None:
    state = NoticeState.FAILED if notice.tries >= MOST_TRIES else NoticeState.WAITING
    Notice.objects.filter(pk=notice.pk).update(state=state, trouble=trouble)
