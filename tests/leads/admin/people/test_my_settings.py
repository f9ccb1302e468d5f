"""My settings: everybody's language and time zone, what sales people are told of and when, and what they were told."""

import re
import smtplib
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from integrations.contract import Failure, FailureKind
from leads.models import Profile, SalesNotice, Team
from leads.notices import sales_sending
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from tests.factories import make_calendar, make_lead, make_sales_notice, make_team, make_token, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, page_of
from tests.leads.admin.rows import all_rows
from tests.leads.admin.shown import text_of

pytestmark = pytest.mark.django_db

PAGE, TRY = "/admin/my-settings/", "/admin/my-settings/try/"
NIGHT = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
SEOUL = "March 3, 2026, 7:30 a.m."
CHAT = "https://hooks.slack.com/services/T0/B0/verysecret"
KINDS = ("given", "new", "again", "due_soon", "handed_on", "task_due")


@pytest.fixture
def mina(db: None) -> User:
    return make_user(SALES, username="mina", email="mina@contoso.example", is_staff=True)


@pytest.fixture
def client(enter: Enter, mina: User) -> Client:
    return enter(user=mina)


def posted(**values: Any) -> dict[str, Any]:
    ways = {f"way_{kind}": "at_once" for kind in KINDS}
    return {"language": "", "time_zone": "", "digest": "09:00, 14:00", "quiet": "off_work"} | ways | values


def said(answer: Any) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in get_messages(answer.wsgi_request)]


# --- saving -----------------------------------------------------------------------------------------------------------


def test_what_is_set_is_kept(client: Client, mina: User) -> None:
    values = {
        "language": "ko",
        "time_zone": "Asia/Seoul",
        "way_given": "digest",
        "way_again": "not",
        "digest": "17:30, 9:00",
        "quiet": "between",
        "quiet_from": "22:00",
        "quiet_until": "06:00",
        "urgent_at_any_time": "on",
    }
    answer = client.post(PAGE, posted(**values))
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    profile = Profile.objects.get()
    assert (profile.user, profile.language, profile.time_zone, profile.quiet) == (mina, "ko", "Asia/Seoul", "between")
    assert (profile.quiet_from, profile.quiet_until, profile.urgent_at_any_time) == (time(22), time(6), True)
    assert profile.digest_times == ["09:00", "17:30"]
    assert profile.ways == dict.fromkeys(KINDS, "at_once") | {"given": "digest", "again": "not"}
    assert profile.takes_leads
    again = client.get(PAGE)
    form = again.context["form"]
    assert form.initial["digest"] == "09:00, 17:30"
    assert re.search(r'name="way_again" value="not"[^>]*checked', again.text)


def test_saving_says_so(client: Client) -> None:
    assert said(client.post(PAGE, posted())) == [("success", "Your settings are saved.")]


def test_looking_at_the_page_writes_nothing(client: Client) -> None:
    before = all_rows()
    client.get(PAGE)
    client.get(TRY)
    assert all_rows() == before


@pytest.mark.parametrize(
    ("values", "field", "what"),
    [
        ({"language": "de"}, "language", "de is not one of the available choices"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "not one of the available choices"),
        ({"digest": "late"}, "digest", "“late” is no time of day. Write for example 09:00, 14:00."),
        ({"digest": "25:00"}, "digest", "“25:00” is no time of day."),
        ({"digest": ", ".join(f"{hour}:00" for hour in range(7))}, "digest", "At most 6 times a day."),
        ({"digest": "", "way_new": "digest"}, "digest", "Something is collected: at what times is it to come?"),
        ({"quiet": "between"}, "quiet_from", "From when until when?"),
        ({"quiet": "between", "quiet_from": "9:00", "quiet_until": "9:00"}, "quiet_from", "two different times"),
        ({"quiet": "between", "quiet_from": "soon", "quiet_until": "9:00"}, "quiet_from", "Enter a valid time."),
        ({"quiet": "always"}, "quiet", "not one of the available choices"),
        ({"way_given": "loudly"}, "way_given", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: Client, values: dict[str, str], field: str, what: str
) -> None:
    answer = client.post(PAGE, posted(**values))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert what in text_of(answer)
    assert "Nothing was saved yet" in text_of(answer)
    assert not Profile.objects.exists()


def test_what_waits_is_looked_at_anew(client: Client, mina: User) -> None:
    later = timezone.now() + timedelta(days=1)
    waiting = make_sales_notice(mina, next_attempt_at=later)
    tried = make_sales_notice(mina, next_attempt_at=later, tries=1)
    somebody_elses = make_sales_notice(next_attempt_at=later)
    client.post(PAGE, posted(quiet="never"))
    due = SalesNotice.objects.filter(next_attempt_at__lte=timezone.now()).values_list("pk", flat=True)
    assert list(due) == [waiting.pk]
    assert {tried.pk, somebody_elses.pk}.isdisjoint(due)


@pytest.mark.parametrize(
    ("group", "kinds"),
    [
        (SALES, KINDS),
        (SALES_LEAD, (*KINDS, "overdue", "unattended")),
        (OWNER, (*KINDS, "overdue", "unattended")),
        (OPS, ()),
    ],
)
def test_each_sets_what_can_happen_to_them(enter: Enter, group: str, kinds: tuple[str, ...]) -> None:
    answer = enter(group).get(PAGE)
    assert [kind.value for kind in answer.context["form"].kinds] == list(kinds)
    assert ("When you want to be left alone" in answer.text) == bool(kinds)
    assert ("go to everybody who looks after it" in answer.text) != bool(kinds)


def test_who_leads_a_team_is_asked_like_a_sales_lead(client: Client, mina: User) -> None:
    make_team(leader=mina)
    assert "Somebody in my team did not answer in time" in client.get(PAGE).text


def test_who_looks_after_the_installation_sets_language_and_time_zone_alone(enter: Enter) -> None:
    ops = make_user(OPS, is_staff=True)
    Profile.objects.create(user=ops, ways={"given": "not"}, digest_times=["07:00"], quiet="never")
    enter(user=ops).post(PAGE, {"language": "en", "time_zone": "Europe/Berlin"})
    profile = Profile.objects.get()
    assert (profile.language, profile.time_zone) == ("en", "Europe/Berlin")
    assert (profile.ways, profile.digest_times, profile.quiet) == ({"given": "not"}, ["07:00"], "never")


def test_the_working_hours_are_shown(client: Client, mina: User) -> None:
    assert "Your working hours: Monday–Friday 09:00-17:00 . " in text_of(client.get(PAGE))
    calendar = make_calendar("06:00-10:00", name="Early", time_zone="Asia/Seoul")
    Profile.objects.create(user=mina, calendar=calendar)
    assert "Your working hours: Monday–Friday 06:00-10:00 (Early, Asia/Seoul). " in text_of(client.get(PAGE))


def test_the_user_menu_leads_there(client: Client) -> None:
    for address in (PAGE, "/admin/leads/lead/"):
        assert f'href="{PAGE}"' in client.get(address).text


# --- language and time ------------------------------------------------------------------------------------------------


def test_times_on_the_card_are_by_the_clock_of_who_looks(client: Client, enter: Enter, mina: User) -> None:
    lead = make_lead(owner=mina)
    make_touch(lead, received_at=NIGHT)
    tom = make_user(SALES, is_staff=True)
    Profile.objects.create(user=mina, time_zone="Asia/Seoul")
    assert SEOUL in client.get(page_of(lead)).text
    assert "March 2, 2026, 10:30 p.m." in enter(user=tom).get(page_of(lead)).text
    assert timezone.get_current_timezone_name() == "UTC"


def test_pages_are_in_their_own_language_whatever_the_browser_asks_for(client: Client, mina: User) -> None:
    english = {"accept-language": "en"}
    assert "내 대기열" not in client.get("/admin/leads/lead/queue/", headers=english).text
    Profile.objects.create(user=mina, language="ko")
    answer = client.get("/admin/leads/lead/queue/", headers=english)
    assert '<html lang="ko"' in answer.text
    assert answer.headers["Content-Language"] == "ko"
    Profile.objects.update(language="xx", time_zone="Mars/Olympus")
    answer = client.get("/admin/leads/lead/queue/", headers=english)
    assert (answer.status_code, '<html lang="en"' in answer.text) == (200, True)


def test_the_api_stays_as_it_is_documented(client: Client, mina: User) -> None:
    Profile.objects.create(user=mina, language="ko", time_zone="Asia/Seoul")
    lead = make_lead(owner=mina, last_touch_at=NIGHT)
    answer = client.get(f"/api/v1/leads/{lead.pk}", headers={"authorization": f"Bearer {make_token(mina)}"})
    assert answer.json()["last_touch_at"] == "2026-03-02T22:30:00Z"
    assert answer.headers["Content-Language"] == "en"
    missing = client.get("/api/v1/leads/nothing/", headers={"authorization": f"Bearer {make_token(mina)}"})
    assert not re.search("[가-힣]", missing.text)


def test_the_language_of_the_user_menu_is_kept_for_mail_too(client: Client, mina: User) -> None:
    answer = client.post("/i18n/setlang/", {"language": "ko", "next": PAGE})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert Profile.objects.get().language == "ko"
    assert '<html lang="ko"' in client.get(PAGE).text
    client.post("/i18n/setlang/", {"language": "xx", "next": PAGE})
    client.get("/i18n/setlang/?language=en")
    assert Profile.objects.get().language == "ko"


def test_whoever_has_not_signed_in_chooses_for_their_browser_only(db: None) -> None:
    answer = Client().post("/i18n/setlang/", {"language": "ko", "next": "/admin/login/"})
    assert answer.cookies["django_language"].value == "ko"
    assert not Profile.objects.exists()


def test_the_profile_is_asked_for_once_a_page(client: Client, django_assert_max_num_queries: Any) -> None:
    client.get("/admin/leads/lead/queue/?tab=to_answer")
    with django_assert_max_num_queries(100) as queries:
        client.get("/admin/leads/lead/queue/?tab=to_answer")
    asked = [query["sql"] for query in queries.captured_queries if 'FROM "leads_profile"' in query["sql"]]
    assert len(asked) == 1


# --- trying -----------------------------------------------------------------------------------------------------------


def test_one_is_sent_now_to_ones_own_address(client: Client, settings: Any) -> None:
    settings.LEADCRM_SENDS_MAIL = True
    assert "Send me one now" in client.get(PAGE).text
    answer = client.post(TRY)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert said(answer) == [
        ("success", "Sent to mina@contoso.example. If it is not there in some minutes, look among the unwanted mail.")
    ]
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["mina@contoso.example"], "[Lead CRM] This is a test")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            smtplib.SMTPRecipientsRefused({"mina@contoso.example": (550, b"s3cret")}),
            "The mail server takes no mail for this address.",
        ),
        (smtplib.SMTPAuthenticationError(535, b"s3cret"), "The mail server refuses our user name or password."),
        (smtplib.SMTPDataError(554, b"s3cret"), "The mail server does not take this mail (SMTPDataError)."),
        (ConnectionRefusedError("s3cret"), "The mail server does not answer (ConnectionRefusedError)."),
        (TimeoutError("s3cret"), "The mail server does not answer (TimeoutError)."),
    ],
)
def test_when_nothing_goes_out_the_page_says_why(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    settings.LEADCRM_SENDS_MAIL = True

    def refuse(*_args: Any) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    assert said(client.post(TRY)) == [("warning", f"Nothing was sent. {why}")]


def test_without_a_mail_server_or_an_address_the_page_says_so_and_offers_nothing(
    client: Client, mina: User, settings: Any
) -> None:
    assert "No mail server is set up here" in client.get(PAGE).text
    assert "Send me one now" not in client.get(PAGE).text
    settings.LEADCRM_SENDS_MAIL = True
    User.objects.filter(pk=mina.pk).update(email="")
    assert "Your account has no e-mail address." in client.get(PAGE).text
    assert said(client.post(TRY))[0][0] == "warning"
    assert mail.outbox == []


class Chat:
    failure: Failure | None = None

    def __init__(self) -> None:
        self.asked: list[str] = []

    def post(self, url: str, title: str, text: str, link: str) -> Failure | None:
        self.asked.append(url)
        return self.failure


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    chat = Chat()
    monkeypatch.setattr(sales_sending, "chat", chat)
    return chat


def team_with_chat(**values: Any) -> Team:
    team = make_team(**values)
    team.chat_url = CHAT
    team.save()
    return team


def test_who_leads_a_team_tries_its_chat(client: Client, mina: User, chat: Chat) -> None:
    team = team_with_chat(name="DACH", leader=mina)
    page = client.get(PAGE).text
    assert "Send one to the chat of DACH" in page
    assert "verysecret" not in page
    assert said(client.post(TRY, {"team": team.pk})) == [("success", "The chat took it. Look there.")]
    chat.failure = Failure(kind=FailureKind.TEMPORARY, cause="server_trouble")
    assert said(client.post(TRY, {"team": team.pk}))[-1][0] == "warning"
    assert chat.asked == [CHAT, CHAT]


@pytest.mark.parametrize("key", ["other", "999", "x", ""])
def test_nobody_else_does(client: Client, chat: Chat, key: str) -> None:
    other = team_with_chat(name="Others")
    client.post(TRY, {"team": other.pk if key == "other" else key})
    assert chat.asked == []


def test_who_may_change_teams_tries_every_chat(owner: Client, chat: Chat) -> None:
    owner.post(TRY, {"team": team_with_chat().pk})
    assert chat.asked == [CHAT]


# --- what they were told ----------------------------------------------------------------------------------------------


def test_everybody_sees_what_became_of_their_own_notices(client: Client, mina: User) -> None:
    lead, now = make_lead(owner=mina, first_name="Zaphodina", opened_at=timezone.now()), timezone.now()
    make_sales_notice(mina, lead, kind="due_soon", state="sent", sent_at=now, tries=3, leads_told=1)
    make_sales_notice(mina, lead, kind="given", state="sent", sent_at=now, leads_told=12)
    make_sales_notice(mina, lead, kind="overdue", state="failed", fault="SMTPRecipientsRefused")
    make_sales_notice(mina, lead, kind="again", next_attempt_at=now + timedelta(hours=5, minutes=10))
    make_sales_notice(kind="new", state="over")
    text = text_of(client.get(PAGE))
    told = text[text.index("What you were told") :]
    assert "Answer due soon just now · 3 tries Sent" in told
    assert "Lead given · 12 leads just now Sent" in told
    assert "Answer overdue just now · The mail server takes no mail for this address. Could not be sent" in told
    assert "Person came again in 5 hours Waiting" in told.replace("\xa0", " ")
    assert "New lead" not in told
    assert "Zaphodina" not in told
    assert page_of(lead) in client.get(PAGE).text


def test_a_lead_that_they_may_not_see_any_more_is_no_link(client: Client, mina: User) -> None:
    make_team(mina)
    other = make_team(make_user(SALES))
    lead = make_lead(owner=other.members.get(), team=other)
    make_sales_notice(mina, lead)
    assert str(lead.pk) not in client.get(PAGE).text


def test_older_ones_are_on_further_pages(client: Client, mina: User) -> None:
    lead = make_lead(owner=mina, opened_at=timezone.now())
    for number in range(45):
        make_sales_notice(mina, lead, event=str(number))
    counts, page = [], client.get(PAGE)
    while True:
        counts.append(len(page.context["notices"]))
        if not (older := page.context["older"]):
            break
        page = client.get(f"{PAGE}?before={older}")
    assert counts == [20, 20, 5]
    assert client.get(f"{PAGE}?before=x").status_code == 200


def test_the_page_asks_no_more_for_many_notices_than_for_few(
    client: Client, mina: User, django_assert_max_num_queries: Any
) -> None:
    for _n in range(20):
        make_sales_notice(mina)
    client.get(PAGE)
    with django_assert_max_num_queries(13):
        client.get(PAGE)


# --- the list for who looks after it ----------------------------------------------------------------------------------


def test_ops_see_to_whom_and_whether_it_went_out_and_nobodys_data(ops: Client, mina: User) -> None:
    lead = make_lead(owner=mina, first_name="Zaphodina", opened_at=timezone.now())
    failed = make_sales_notice(mina, lead, kind="given", state="failed", fault="SMTPDataError", tries=2, leads_told=1)
    make_sales_notice(lead=lead, team=make_team(name="DACH"), kind="new")
    make_sales_notice(lead=lead, address="crm@fabrikam.example", kind="new")
    listed = text_of(ops.get(address_of("leads_salesnotice_changelist")))
    for part in ("mina", "Chat of DACH", "crm@fabrikam.example", "Could not be sent", "(SMTPDataError)"):
        assert part in listed
    page = text_of(ops.get(page_of(failed)))
    assert "Lead given" in page
    assert "Open the lead" in page
    assert "Zaphodina" not in listed + page
    only_failed = text_of(ops.get(f"{address_of('leads_salesnotice_changelist')}?state__exact=failed"))
    assert "Chat of DACH" not in only_failed


def test_the_list_asks_no_more_for_many_than_for_few(ops: Client, django_assert_max_num_queries: Any) -> None:
    for _n in range(30):
        make_sales_notice()
    ops.get(address_of("leads_salesnotice_changelist"))
    with django_assert_max_num_queries(9):
        ops.get(address_of("leads_salesnotice_changelist"))


# --- who else is told -------------------------------------------------------------------------------------------------


def test_a_team_says_what_its_chat_hears_and_when(owner: Client) -> None:
    calendar = make_calendar(name="Office")
    values = {"name": "DACH", "new_chat_url": CHAT, "chat_kinds": ["due_soon", "overdue"], "calendar": calendar.pk}
    owner.post("/admin/leads/team/add/", values)
    team = Team.objects.get()
    assert (team.chat_kinds, team.calendar) == (["due_soon", "overdue"], calendar)
    assert "Answer due soon, Answer overdue" in text_of(owner.get("/admin/leads/team/"))
    answer = owner.post(page_of(team), values | {"chat_kinds": ["given"]})
    assert list(answer.context["adminform"].form.errors) == ["chat_kinds"]
