"""Sales people are told by mail and chat, each once, when they want to be; nothing is lost when a server is away."""

import smtplib
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from integrations.contract import Failure, FailureKind
from leads import tasks
from leads.history.edits import By
from leads.models import Lead, Notice, Profile, SalesNotice, Team
from leads.models.notice import NoticeKind, NoticeState
from leads.notices import sales_sending
from leads.notices.sales_sending import MOST_TRIES, send_waiting
from leads.roles import SALES
from leads.sales.owning import give, take
from leads.states import Quiet, SalesKind
from tests.factories import make_absence, make_lead, make_offer, make_sales_notice, make_team, make_user
from tests.leads.at_once import at_once
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.django_db

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def mail_server(settings: Any) -> None:
    settings.LEADCRM_SENDS_MAIL = True
    settings.DEFAULT_FROM_EMAIL = "leads@leads.example.com"


@pytest.fixture
def mina() -> User:
    return somebody("mina")


@pytest.fixture
def tom() -> User:
    return somebody("tom")


def somebody(name: str, **wishes: Any) -> User:
    """To be told at any hour, unless they wish otherwise."""
    user = make_user(SALES, username=name, email=f"{name}@contoso.example")
    Profile.objects.create(user=user, **{"quiet": Quiet.NEVER} | wishes)
    return user


def back(owner: User, **values: Any) -> SalesNotice:
    """The person of a lead of theirs is back."""
    lead = make_lead(owner=owner, opened_at=timezone.now(), offer=make_offer())
    return make_sales_notice(owner, lead, **values)


def due_again() -> None:
    SalesNotice.objects.update(next_attempt_at=LONG_AGO)


def states() -> list[str]:
    return list(SalesNotice.objects.order_by("id").values_list("state", flat=True))


def sent_to() -> list[str]:
    return [message.to[0] for message in mail.outbox]


# --- by mail ----------------------------------------------------------------------------------------------------------


def test_each_gets_one_mail_with_all_that_is_due_for_them(mina: User, tom: User) -> None:
    edit = give(By(tom), [make_lead().pk for _n in range(12)], mina)
    back(mina)
    back(tom)
    assert edit is not None
    assert [send_waiting(), send_waiting()] == [2, 0]
    assert sorted(sent_to()) == ["mina@contoso.example", "tom@contoso.example"]
    message = next(message for message in mail.outbox if message.to == ["mina@contoso.example"])
    assert message.subject == "[Lead CRM] 12 leads given to you by tom, and 1 more thing"
    assert message.body.endswith(
        "\n\n-- \nWhat you are told of, and when: https://leads.example.com/admin/my-settings/\n"
    )
    assert message.from_email == "leads@leads.example.com"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert states() == ["sent"] * 3
    notice = SalesNotice.objects.get(kind=SalesKind.GIVEN)
    assert (notice.leads_told, notice.lead, notice.tries, notice.fault) == (12, None, 1, "")
    assert notice.sent_at is not None


def test_of_one_lead_the_row_says_which(mina: User, tom: User) -> None:
    lead = make_lead()
    give(By(tom), [lead.pk], mina)
    send_waiting()
    assert (SalesNotice.objects.get().lead, SalesNotice.objects.get().leads_told) == (lead, 1)


def test_an_address_of_a_rule_is_told_too(mina: User) -> None:
    lead = make_lead(owner=mina, opened_at=timezone.now())
    make_sales_notice(lead=lead, kind=SalesKind.NEW, address="crm@fabrikam.example")
    assert send_waiting() == 1
    assert sent_to() == ["crm@fabrikam.example"]
    assert "my-settings" not in mail.outbox[0].body


def test_mail_is_in_the_language_and_time_zone_of_who_reads_it(mina: User) -> None:
    minsu = somebody("minsu", language="ko", time_zone="Asia/Seoul")
    for owner in (mina, minsu):
        lead = make_lead(owner=owner, opened_at=timezone.now(), last_touch_at=datetime(2026, 3, 2, 12, tzinfo=UTC))
        make_sales_notice(owner, lead)
    send_waiting()
    english, korean = (message.body for message in sorted(mail.outbox, key=lambda message: message.to))
    assert "March 2, 2026, noon" in english
    assert "2026년 3월 2일 21:00" in korean
    assert timezone.get_current_timezone_name() == "UTC"


def test_what_was_over_before_it_was_sent_is_not_sent(mina: User, tom: User) -> None:
    lead = make_lead(opened_at=timezone.now())
    for user in (mina, tom):
        make_sales_notice(user, lead, kind=SalesKind.NEW)
    take(tom, lead.pk)
    assert send_waiting() == 0
    assert mail.outbox == []
    assert states() == ["over", "over"]


@pytest.mark.parametrize("why", ["no mail server", "no address", "left"])
def test_who_cannot_be_mailed_finds_it_in_the_admin_only(mina: User, settings: Any, why: str) -> None:
    back(mina)
    if why == "no mail server":
        settings.LEADCRM_SENDS_MAIL = False
    else:
        User.objects.update(**({"email": ""} if why == "no address" else {"is_active": False}))
    assert send_waiting() == 0
    assert (states(), mail.outbox) == (["kept"], [])


# --- when -------------------------------------------------------------------------------------------------------------


def test_in_quiet_hours_it_waits_without_using_up_a_try() -> None:
    away = somebody("away", quiet=Quiet.OFF_WORK)
    absence = make_absence(away, ends_at=timezone.now() + timedelta(days=2))
    notice = back(away)
    assert send_waiting() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.tries, mail.outbox) == ("waiting", 0, [])
    assert notice.next_attempt_at >= absence.ends_at
    absence.delete()
    Profile.objects.update(quiet=Quiet.NEVER)
    due_again()
    assert send_waiting() == 1


def test_what_came_in_the_night_comes_as_one_mail() -> None:
    now = timezone.now()
    begins, ends = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    asleep = somebody("asleep", quiet=Quiet.BETWEEN, quiet_from=begins, quiet_until=ends)
    for _n in range(3):
        back(asleep)
    assert send_waiting() == 0
    moments = set(SalesNotice.objects.values_list("next_attempt_at", flat=True))
    assert len(moments) == 1
    Profile.objects.update(quiet=Quiet.NEVER)
    due_again()
    assert send_waiting() == 1
    assert mail.outbox[0].subject == "[Lead CRM] 3 people came again whose leads are yours"


def test_what_is_collected_waits_for_its_time_and_what_is_not_wanted_is_shown_only(mina: User) -> None:
    Profile.objects.update(ways={"again": "digest", "given": "not"}, digest_times=["09:00"])
    now = timezone.now()
    collected = back(mina)
    give(By(), [make_lead().pk], mina)
    assert send_waiting() == 0
    collected.refresh_from_db()
    assert collected.next_attempt_at.time() == time(9)
    assert now < collected.next_attempt_at <= now + timedelta(days=1)
    assert states() == ["waiting", "kept"]
    SalesNotice.objects.update(created_at=now - timedelta(days=2), next_attempt_at=LONG_AGO)
    assert send_waiting() == 1


# --- what goes wrong --------------------------------------------------------------------------------------------------


def refusing(error: BaseException) -> Any:
    def refuse(*_args: Any) -> int:
        raise error

    return refuse


def test_a_mail_server_that_is_away_is_asked_once_a_run_and_gets_all_of_it_later(
    mina: User, tom: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def away(*_args: Any) -> int:
        asked.append(1)
        raise smtplib.SMTPServerDisconnected("user:s3cret@mail.example.com")

    back(mina)
    back(tom)
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", away)
        assert send_waiting() == 0
        assert len(asked) == 1
    assert states() == ["waiting", "waiting"]
    assert sorted(SalesNotice.objects.values_list("tries", "fault")) == [(0, ""), (1, "SMTPServerDisconnected")]
    assert "s3cret" not in caplog.text
    due_again()
    assert send_waiting() == 2
    assert len(mail.outbox) == 2


def test_after_three_days_it_is_given_up(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = back(mina, tries=MOST_TRIES - 1)
    monkeypatch.setattr(EmailBackend, "send_messages", refusing(ConnectionRefusedError()))
    send_waiting()
    notice.refresh_from_db()
    assert (notice.state, notice.fault) == ("failed", "ConnectionRefusedError")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"mina@contoso.example": (550, b"no such user")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"mina@contoso.example": (451, b"later")}), "waiting"),
        (smtplib.SMTPDataError(554, b"looks like advertising"), "waiting"),
        (UnicodeEncodeError("ascii", "ü", 0, 1, "ordinal not in range"), "failed"),
    ],
)
def test_what_is_refused_of_one_keeps_it_from_nobody_else(
    mina: User, tom: User, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str
) -> None:
    deliver = EmailBackend.send_messages

    def choosy(backend: EmailBackend, messages: list[Any]) -> int:
        if messages[0].to == ["mina@contoso.example"]:
            raise error
        return deliver(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", choosy)
    of_mina, _of_tom = back(mina), back(tom)
    assert send_waiting() == 1
    assert sent_to() == ["tom@contoso.example"]
    of_mina.refresh_from_db()
    assert (of_mina.state, of_mina.fault) == (state, type(error).__name__)


def test_a_worker_that_dies_while_sending_loses_nothing(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    back(mina)
    with monkeypatch.context() as killed:
        killed.setattr(EmailBackend, "send_messages", refusing(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            send_waiting()
    assert send_waiting() == 0  # it seems to be on its way
    due_again()
    assert send_waiting() == 1


def test_a_run_has_an_end(mina: User, tom: User) -> None:
    back(mina)
    back(tom)
    assert send_waiting(seconds=-1) == 0
    assert states() == ["waiting", "waiting"]


def test_very_many_are_told_in_several_messages(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sales_sending, "MOST_AT_ONCE", 2)
    for _n in range(3):
        back(mina)
    assert [send_waiting(), send_waiting(), send_waiting()] == [1, 1, 0]
    assert states() == ["sent"] * 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_nobody_twice(mina: User) -> None:
    others = [somebody(f"user-{number}") for number in range(4)]
    for user in (mina, *others):
        for _n in range(3):
            back(user)
    at_once([send_waiting, send_waiting])
    told = [line for message in mail.outbox for line in message.body.splitlines() if "/admin/leads/lead/" in line]
    links = [line.split()[-1] for line in told if line.endswith("/change/")]
    assert len(links) == len(set(links)) == 15
    assert states() == ["sent"] * 15


# --- chats ------------------------------------------------------------------------------------------------------------


class Chat:
    """What was said there, and what it answers."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str, str]] = []
        self.failure: Failure | None = None

    def post(self, url: str, title: str, text: str, link: str) -> Failure | None:
        self.said.append((url, title, text, link))
        return self.failure


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    chat = Chat()
    monkeypatch.setattr(sales_sending, "chat", chat)
    return chat


@pytest.fixture
def team(mina: User) -> Team:
    team = make_team(mina)
    team.chat_url = "https://hooks.slack.com/services/T0/B0/x"
    team.save()
    return team


def for_chat(team: Team) -> SalesNotice:
    lead = make_lead(team=team, opened_at=timezone.now(), offer=make_offer(name="Contoso Firewall"))
    return make_sales_notice(lead=lead, team=team, kind=SalesKind.NEW)


def test_a_chat_is_told_once_of_all_that_is_new(team: Team, chat: Chat) -> None:
    first = for_chat(team)
    assert [send_waiting(), send_waiting()] == [1, 0]
    url, title, text, link = chat.said[0]
    assert (url, title) == (team.chat_url, "1 new lead: Contoso Firewall")
    assert "my-settings" not in text
    assert link == f"https://leads.example.com/admin/leads/lead/{first.lead_id}/change/"
    for_chat(team)
    for_chat(team)
    assert send_waiting() == 1
    assert (len(chat.said), chat.said[1][1]) == (2, "2 new leads")


def test_a_chat_that_is_away_is_told_later_and_keeps_nobody_from_the_mail(team: Team, chat: Chat, mina: User) -> None:
    notice = for_chat(team)
    back(mina)
    chat.failure = Failure(kind=FailureKind.TEMPORARY, cause="server_trouble")
    assert send_waiting() == 1
    notice.refresh_from_db()
    assert (notice.state, notice.fault) == ("waiting", "server_trouble")
    chat.failure = None
    due_again()
    assert send_waiting() == 1


def test_a_mail_server_that_is_away_keeps_no_chat_from_hearing(
    team: Team, chat: Chat, mina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmailBackend, "send_messages", refusing(ConnectionRefusedError()))
    back(mina)
    for_chat(team)
    assert send_waiting() == 1
    assert len(chat.said) == 1


def test_a_chat_whose_address_cannot_be_read_any_more_fails_and_one_that_was_forgotten_is_not_asked(
    team: Team, chat: Chat
) -> None:
    notice = for_chat(team)
    Team.objects.update(encrypted_chat_url="nonsense")
    send_waiting()
    notice.refresh_from_db()
    assert (notice.state, notice.fault) == ("failed", "secrets_unreadable")
    other = for_chat(team)
    Team.objects.update(encrypted_chat_url="")
    send_waiting()
    other.refresh_from_db()
    assert (other.state, chat.said) == ("kept", [])


# --- the rows ---------------------------------------------------------------------------------------------------------


def test_a_run_finds_its_rows_by_indexes_among_very_many(mina: User) -> None:
    lead = make_lead(owner=mina, opened_at=timezone.now())
    SalesNotice.objects.bulk_create(
        [
            SalesNotice(user=mina, lead=lead, kind="again", event=str(n), state="sent", sent_at=timezone.now())
            for n in range(5_000)
        ]
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE leads_salesnotice")
    make_sales_notice(mina, lead)
    with query_plans() as plans:
        assert send_waiting() == 1
    steps = [plan.steps for plan in plans if plan.reads("leads_salesnotice")]
    assert len(steps) >= 4
    assert [one for one in steps if reads_through(one, "leads_salesnotice")] == []


def test_the_task_sends_both_kinds_of_notices(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    back(mina)
    Notice.objects.create(kind=NoticeKind.TROUBLE)
    tasks.send_notices()
    assert (states(), Notice.objects.get().state) == (["sent"], NoticeState.KEPT)
    assert Lead.objects.count() == 1
