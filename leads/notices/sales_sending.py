"""Tell sales people what they are to be told: by mail, and in the chats of teams. Whatever is due for one of them at
the same time is one message.

A row is claimed before it is sent, by the time of its next try: two workers tell nobody twice, and what a worker that
died had claimed is tried again. What must wait for the morning, or for the time of the collected ones, waits in the
same column.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID, uuid5

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import chat
from leads.encryption import SecretUnreadable
from leads.models import SalesNotice, Team
from leads.models.notice import NoticeState
from leads.notices.faults import Fault, fault_of
from leads.notices.matters import still_so
from leads.notices.sales_wording import Message, address_of, message_of
from leads.notices.wishes import Recipient, Wishes, wishes_for
from leads.states import SalesKind

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
"""Notices in one message."""
LOOKED_AT = 5_000
"""Notices, to find whose turn it is."""
WAIT = timedelta(minutes=10)
MOST_TRIES = 432
"""Three days."""
SECONDS_AT_ONCE = 60.0


def send_waiting(seconds: float = SECONDS_AT_ONCE) -> int:
    """Send what is due, one message for each recipient, for some seconds; returns how many were sent."""
    ends_at, sent = time.monotonic() + seconds, 0
    post = Post()
    try:
        for recipient in _whose_turn():
            if time.monotonic() > ends_at:
                break
            if isinstance(recipient, Team) or not post.is_away:
                sent += _tell(recipient, post)
    finally:
        post.close()
    return sent


def _waiting() -> Q:
    return Q(state=NoticeState.WAITING, next_attempt_at__lte=timezone.now())


def _whose_turn() -> list[Recipient]:
    """Those for whom something is due, the longest waiting first."""
    due = SalesNotice.objects.filter(_waiting()).order_by("next_attempt_at")[:LOOKED_AT]
    keys = dict.fromkeys(due.values_list("user", "team", "address"))
    users = User.objects.in_bulk([user for user, _team, _address in keys if user])
    teams = Team.objects.select_related("leader").in_bulk([team for _user, team, _address in keys if team])
    found = [users.get(user) if user else teams.get(team) if team else address for user, team, address in keys]
    return [recipient for recipient in found if recipient]


def _tell(recipient: Recipient, post: "Post") -> bool:
    wishes = wishes_for(recipient)
    notices = _claim(recipient, wishes)
    if not notices:
        return False
    found = still_so(recipient, notices, timezone.now())
    told = {notice.id for notice in found.told}
    _settle([notice for notice in notices if notice.id not in told], NoticeState.OVER)
    if not found.told:
        return False
    with translation.override(wishes.language), timezone.override(wishes.zone):
        fault = _say(recipient, message_of(found.matters), key_of(found.told), post)
    if fault:
        logger.warning("%d notices to sales were not sent: %s", len(found.told), fault.name)
        _put_off(found.told, fault)
        return False
    _settle(found.told, NoticeState.SENT, sent_at=timezone.now())
    return True


# --- the rows ---------------------------------------------------------------------------------------------------------


def _rows_of(recipient: Recipient) -> Q:
    if isinstance(recipient, User):
        return Q(user=recipient)
    return Q(team=recipient) if isinstance(recipient, Team) else Q(address=recipient)


def _claim(recipient: Recipient, wishes: Wishes) -> list[SalesNotice]:
    """What is to be told now. Of the rest is noted until when it waits, or that it is not wanted."""
    now = timezone.now()
    with transaction.atomic():
        due = SalesNotice.objects.filter(_waiting(), _rows_of(recipient)).order_by("id")
        notices = list(due.select_for_update(skip_locked=True)[:MOST_AT_ONCE])
        unwanted, later, at_once = [], [], []
        can_be_told = _can_be_told(recipient)
        for notice in notices:
            moment = wishes.moment_for(SalesKind(notice.kind), notice.created_at, now)
            if moment is None or not can_be_told:
                unwanted.append(notice)
            elif moment > now:
                notice.next_attempt_at = moment
                later.append(notice)
            else:
                notice.tries, notice.next_attempt_at = notice.tries + 1, now + WAIT
                at_once.append(notice)
        SalesNotice.objects.bulk_update(later + at_once, ["next_attempt_at", "tries"])
        _settle(unwanted, NoticeState.KEPT)
    return at_once


def _can_be_told(recipient: Recipient) -> bool:
    if isinstance(recipient, Team):
        return bool(recipient.encrypted_chat_url)
    has_address = bool(recipient.email) and recipient.is_active if isinstance(recipient, User) else True
    return settings.LEADCRM_SENDS_MAIL and has_address


def _settle(notices: Sequence[SalesNotice], state: NoticeState, sent_at: datetime | None = None) -> None:
    for notice in notices:
        notice.state, notice.fault, notice.sent_at = state, "", sent_at
    if notices:
        SalesNotice.objects.bulk_update(notices, ["state", "fault", "sent_at", "leads_told", "lead"])


def _put_off(notices: Sequence[SalesNotice], fault: Fault) -> None:
    for notice in notices:
        is_lost = fault.is_final or notice.tries >= MOST_TRIES
        notice.state = NoticeState.FAILED if is_lost else NoticeState.WAITING
        notice.fault = fault.name
    SalesNotice.objects.bulk_update(notices, ["state", "fault"])


# --- on its way -------------------------------------------------------------------------------------------------------


class Post:
    """The mail server, asked once for all messages of a run. When it is away nobody waits for it a second time."""

    def __init__(self) -> None:
        self.is_away = False
        self._connection: BaseEmailBackend | None = None

    def send(self, address: str, subject: str, text: str, key: UUID) -> Fault | None:
        headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{key}@lead-crm>"}
        connection = self._connection = self._connection or get_connection()
        sender = settings.DEFAULT_FROM_EMAIL
        try:
            connection.open()
            EmailMessage(subject, text, sender, [address], headers=headers, connection=connection).send()
        except (SMTPException, OSError, ValueError) as error:
            fault = fault_of(error)
            self.is_away = fault.is_away
            return fault
        return None

    def close(self) -> None:
        if self._connection:
            self._connection.close()


def key_of(notices: Sequence[SalesNotice]) -> UUID:
    """The same for the same notices, by which a mail program knows one that comes a second time."""
    return uuid5(notices[0].id, " ".join(str(notice.id) for notice in notices))


def _say(recipient: Recipient, message: Message, key: UUID, post: Post) -> Fault | None:
    if isinstance(recipient, Team):
        return say_in_chat(recipient, message)
    address = recipient.email if isinstance(recipient, User) else recipient
    foot = _foot(recipient)
    return post.send(address, f"[Lead CRM] {message.subject}", f"{message.text}\n\n-- \n{foot}\n", key)


def _foot(recipient: User | str) -> str:
    if isinstance(recipient, User):
        page = address_of(reverse("admin:leads_my_settings"))
        return _("What you are told of, and when: %(address)s") % {"address": page}
    return _("You are told of new leads by an assignment rule of Lead CRM.")


def say_in_chat(team: Team, message: Message) -> Fault | None:
    try:
        url = team.chat_url
    except SecretUnreadable:
        return Fault("secrets_unreadable", is_final=True)
    failure = chat.post(url, message.subject, message.text, address_of(message.path))
    return Fault(failure.cause) if failure else None
