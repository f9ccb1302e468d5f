"""Notices are mailed once, and none is lost when the mail server is away."""

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from integrations.contract import Failure, FailureKind
from leads.models import Notice
from leads.models.notice import NoticeKind, NoticeState
from leads.notices.sending import MOST_TRIES, send_waiting
from leads.roles import OPS, OWNER, SALES
from tests.factories import make_destination, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail_server(settings: Any) -> None:
    settings.LEADCRM_SENDS_MAIL = True
    settings.LEADCRM_PUBLIC_URL = "https://leads.example.com"
    settings.DEFAULT_FROM_EMAIL = "leads@leads.example.com"


@pytest.fixture
def notice() -> Notice:
    return Notice.objects.create(
        kind=NoticeKind.CREDENTIAL_ENDS,
        destination=make_destination("https", name="Dynamics"),
        params={"credential": "bearer_token", "ends_on": "2026-11-29"},
    )


def due_again() -> None:
    Notice.objects.update(next_attempt_at="2020-01-01T00:00:00Z")


def test_each_person_in_charge_gets_a_message_of_their_own(notice: Notice) -> None:
    make_user(OPS, email="ops@contoso.example")
    make_user(OPS, OWNER, email="owner@contoso.example")
    make_user(SALES, email="sales@contoso.example")
    make_user(OPS, email="gone@contoso.example", is_active=False)
    make_user(OPS, email="")
    assert [send_waiting(), send_waiting()] == [1, 0]
    assert [message.to for message in mail.outbox] == [["ops@contoso.example"], ["owner@contoso.example"]]
    message = mail.outbox[0]
    assert message.subject.startswith("[Lead CRM] Dynamics: credential ")
    assert f"https://leads.example.com/admin/leads/destination/{notice.destination_id}/change/" in message.body
    assert message.from_email == "leads@leads.example.com"
    notice.refresh_from_db()
    assert (notice.state, notice.tries) == (NoticeState.SENT, 1)
    assert notice.sent_at is not None


@pytest.mark.parametrize("sends_mail", [True, False])
def test_without_a_mail_server_or_anybody_to_tell_it_is_kept_to_be_read_here(
    notice: Notice, settings: Any, sends_mail: bool
) -> None:
    settings.LEADCRM_SENDS_MAIL = sends_mail
    if not sends_mail:
        make_user(OPS, email="ops@contoso.example")
    assert send_waiting() == 0
    notice.refresh_from_db()
    assert notice.state == NoticeState.KEPT
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_tried_again_and_after_many_tries_given_up(
    notice: Notice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_user(OPS, email="ops@contoso.example")

    def refuse(*_args: Any) -> int:
        raise smtplib.SMTPServerDisconnected("user:s3cret@mail.example.com")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    for number in range(1, MOST_TRIES + 1):
        assert send_waiting() == 0
        assert send_waiting() == 0  # its time has not come
        notice.refresh_from_db()
        assert notice.tries == number
        due_again()
    assert (notice.state, notice.fault) == (NoticeState.FAILED, "SMTPServerDisconnected")
    assert send_waiting() == 0
    assert "s3cret" not in caplog.text


def test_a_server_that_came_back_gets_it(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(OPS, email="ops@contoso.example")
    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", lambda *_args: (_ for _ in ()).throw(ConnectionRefusedError()))
        send_waiting()
    due_again()
    assert send_waiting() == 1
    notice.refresh_from_db()
    assert (notice.state, notice.fault) == (NoticeState.SENT, "")
    assert len(mail.outbox) == 1


def test_an_address_that_is_refused_keeps_it_from_nobody_else_and_nobody_gets_it_twice(
    notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("anna", "bad", "carl"):
        make_user(OPS, email=f"{name}@contoso.example")
    deliver = EmailBackend.send_messages

    def choosy(backend: EmailBackend, messages: list[Any]) -> int:
        if messages[0].to == ["bad@contoso.example"]:
            raise smtplib.SMTPRecipientsRefused({"bad@contoso.example": (550, b"no such user")})
        return deliver(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", choosy)
    for _time in range(MOST_TRIES):
        send_waiting()
        due_again()
    assert [message.to for message in mail.outbox] == [["anna@contoso.example"], ["carl@contoso.example"]]
    notice.refresh_from_db()
    assert (notice.state, notice.fault) == (NoticeState.FAILED, "SMTPRecipientsRefused")


# --- The chat -------------------------------------------------------------------------------------------------------


class Chat:
    """What was said there, and what it answers."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str, str]] = []
        self.failure: Failure | None = None

    def post(self, url: str, title: str, text: str, link: str) -> Failure | None:
        self.said.append((url, title, text, link))
        return self.failure


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Chat:
    settings.LEADCRM_CHAT_URL = "https://hooks.slack.com/services/x"
    chat = Chat()
    monkeypatch.setattr("leads.notices.sending.chat", chat)
    return chat


def test_a_chat_is_told_once_with_the_page_where_to_act(notice: Notice, chat: Chat) -> None:
    assert [send_waiting(), send_waiting()] == [1, 0]
    ((url, title, _text, link),) = chat.said
    assert url == "https://hooks.slack.com/services/x"
    assert title.startswith("Dynamics: credential ")
    assert link == f"https://leads.example.com/admin/leads/destination/{notice.destination_id}/change/"
    notice.refresh_from_db()
    assert (notice.state, notice.is_in_chat) == (NoticeState.SENT, True)


def test_a_chat_that_is_away_keeps_nobody_from_the_mail_and_is_told_later(notice: Notice, chat: Chat) -> None:
    make_user(OPS, email="ops@contoso.example")
    chat.failure = Failure(kind=FailureKind.TEMPORARY, cause="server_trouble")
    assert send_waiting() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.fault, notice.is_in_chat) == (NoticeState.WAITING, "server_trouble", False)
    chat.failure = None
    due_again()
    assert send_waiting() == 1
    assert len(mail.outbox) == 1
    assert len(chat.said) == 2


def test_a_mail_server_that_is_away_does_not_make_the_chat_hear_it_twice(
    notice: Notice, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(OPS, email="ops@contoso.example")
    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", refusing)
        send_waiting()
    due_again()
    assert send_waiting() == 1
    assert len(chat.said) == 1


def refusing(*_arguments: Any) -> int:
    raise smtplib.SMTPServerDisconnected
