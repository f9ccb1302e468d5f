"""What is told is what is so at that moment, in words that name nobody, in the language and time of who reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone, translation

from leads import telling
from leads.history.edits import By
from leads.models import Lead, SalesNotice, Team
from leads.notices.due import NOBODY_ELSE
from leads.notices.matters import still_so
from leads.notices.sales_wording import Message, message_of, short
from leads.notices.wishes import Recipient
from leads.roles import SALES, SALES_LEAD
from leads.sales.owning import give, note_seen
from leads.sales.steps import finish, put_off
from leads.states import EditCause, SalesKind, Stage
from tests.factories import make_lead, make_offer, make_sales_notice, make_task, make_team, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOST = "https://leads.example.com"
HOSTILE = "Fire\r\nBcc: all@evil.example\u202e https://evil.example"


@pytest.fixture
def mina() -> User:
    return make_user(SALES, username="mina", first_name="Mina", last_name="Park")


@pytest.fixture
def tom() -> User:
    return make_user(SALES, username="tom", first_name="Tom", last_name="Weber")


def wanted(owner: User | None = None, **values: Any) -> Lead:
    """By somebody who must not be named."""
    given = {
        "first_name": "Zaphodina",
        "last_name": "Beeble",
        "email": "zaphodina@fabrikam.example",
        "phone": "+49 170 1",
        "company": "Fabrikam",
        "offer": make_offer(name="Contoso Firewall"),
        "action": "INS",
        "source": "AzureMarketplace",
        "country_code": "DE",
        "opened_at": NOON,
        "last_touch_at": NOON,
        "answer_by": NOON + 4 * HOUR,
    }
    return make_lead(**given | {"owner": owner} | values)


def given_by(by: By, to: User, *leads: Lead) -> SalesNotice:
    give(by, [lead.pk for lead in leads], to)
    return SalesNotice.objects.latest("id")


def of_lead(kind: SalesKind, lead: Lead, to: User | Team | str, what: str = "") -> SalesNotice:
    recipient: dict[str, Any] = {"address": to} if isinstance(to, str) else {"team": to} if isinstance(to, Team) else {}
    user = to if isinstance(to, User) else None
    return make_sales_notice(user, lead, kind=kind, event=telling.event_of(lead, what), **recipient)


def told(recipient: Recipient, *notices: SalesNotice) -> Message:
    fresh = User.objects.get(pk=recipient.pk) if isinstance(recipient, User) else recipient
    return message_of(still_so(fresh, notices, timezone.now()).matters)


def is_told(recipient: Recipient, notice: SalesNotice) -> bool:
    fresh = User.objects.get(pk=recipient.pk) if isinstance(recipient, User) else recipient
    found = still_so(fresh, [notice], timezone.now())
    assert bool(found.matters) == bool(found.told)
    return bool(found.told)


# --- the words --------------------------------------------------------------------------------------------------------


def test_one_lead_is_told_with_all_that_matters_and_where_it_is(mina: User, tom: User) -> None:
    lead = wanted()
    message = told(mina, given_by(By(tom), mina, lead))
    assert message.subject == "1 lead given to you by Tom Weber: Contoso Firewall"
    assert message.path == f"/admin/leads/lead/{lead.pk}/change/"
    assert message.text == (
        "1 lead given to you by Tom Weber.\n"
        "\n"
        "Offer: Contoso Firewall\n"
        "Action: Get it now\n"
        "Source: Azure Marketplace\n"
        "Country: Germany\n"
        "Came: March 2, 2026, noon\n"
        "Answer by: March 2, 2026, 4 p.m.\n"
        "\n"
        f"Open it: {HOST}/admin/leads/lead/{lead.pk}/change/"
    )


def test_many_leads_are_a_list_that_ends(mina: User, tom: User) -> None:
    leads = [wanted() for _n in range(12)]
    message = told(mina, given_by(By(tom), mina, *leads))
    assert message.subject == "12 leads given to you by Tom Weber"
    assert message.path == "/admin/leads/lead/queue/"
    lines = message.text.split("\n")
    assert lines[:4] == [
        "12 leads given to you by Tom Weber:",
        "",
        "- Contoso Firewall · Get it now · Azure Marketplace · Germany · "
        "Came: March 2, 2026, noon · Answer by: March 2, 2026, 4 p.m.",
        f"  {HOST}/admin/leads/lead/{leads[0].pk}/change/",
    ]
    assert lines[-4:-2] == [f"  {HOST}/admin/leads/lead/{leads[9].pk}/change/", "… 2 more"]
    assert lines[-2:] == ["", f"{HOST}/admin/leads/lead/queue/"]


def test_what_has_the_same_reason_is_told_as_one_and_different_things_one_after_the_other(
    mina: User, tom: User
) -> None:
    notices = [given_by(By(tom), mina, wanted()) for _n in range(2)]
    notices.append(of_lead(SalesKind.AGAIN, wanted(mina), mina))
    message = told(mina, *notices)
    assert message.subject == "2 leads given to you by Tom Weber, and 1 more thing"
    assert message.path == "/admin/leads/lead/queue/"
    assert "2 leads given to you by Tom Weber:\n" in message.text
    assert "\n\n1 person came again whose lead is yours.\n" in message.text


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (By(cause=EditCause.RULE, params={"rule": "DACH"}), "1 lead for you by the rule “DACH”"),
        (By(cause=EditCause.CLOCK, params={"rule": "DACH"}), "1 lead handed on to you: nobody had answered in time"),
        (By(), "1 lead for you"),
    ],
)
def test_by_what_a_lead_was_given(mina: User, by: By, said: str) -> None:
    assert told(mina, given_by(by, mina, wanted())).subject == f"{said}: Contoso Firewall"


@pytest.mark.parametrize(
    ("kind", "what", "said"),
    [
        (SalesKind.NEW, "", "1 new lead"),
        (SalesKind.DUE_SOON, "", "1 answer is due soon"),
        (SalesKind.OVERDUE, "", "1 answer is overdue"),
        (SalesKind.OVERDUE, NOBODY_ELSE, "1 overdue lead stays where it is: nobody else is there"),
        (SalesKind.HANDED_ON, "", "1 lead went to somebody else: nobody had answered in time"),
    ],
)
def test_what_a_chat_is_told(mina: User, kind: SalesKind, what: str, said: str) -> None:
    team = make_team(mina)
    lead = wanted(mina, team=team, answer_by=timezone.now() + HOUR)
    message = told(team, of_lead(kind, lead, team, what))
    assert message.subject == f"{said}: Contoso Firewall"
    assert ("Owner: Mina Park" in message.text) == (kind is not SalesKind.DUE_SOON)


def test_an_answer_that_was_due_before_it_could_be_told_is_overdue(mina: User) -> None:
    late, in_time = (wanted(mina, answer_by=timezone.now() + after) for after in (-HOUR, HOUR))
    said = [told(mina, of_lead(SalesKind.DUE_SOON, lead, mina)).subject for lead in (late, in_time)]
    assert said == ["1 answer is overdue: Contoso Firewall", "1 answer is due soon: Contoso Firewall"]


def test_a_lead_that_is_nobodys_can_be_taken_where_the_link_leads(mina: User) -> None:
    lead = wanted()
    one = told(mina, of_lead(SalesKind.NEW, lead, mina))
    assert one.text.endswith(f"Open it and take it: {HOST}/admin/leads/lead/{lead.pk}/change/")
    both = told(mina, *(of_lead(SalesKind.NEW, wanted(), mina) for _n in range(2)))
    assert both.path == "/admin/leads/lead/queue/?tab=unassigned"


def test_a_task_is_told_by_its_kind_and_time_and_not_by_what_somebody_wrote(mina: User, settings: Any) -> None:
    task = make_task(wanted(mina), assignee=mina, due_at=NOON, text="Call Zaphodina")
    notice = make_sales_notice(mina, task.lead, kind=SalesKind.TASK_DUE, event=f"{task.pk} {task.due_at.isoformat()}")
    message = told(mina, notice)
    assert message.subject == "1 task is due: Contoso Firewall"
    assert "Task: Call (March 2, 2026, noon)\n" in message.text
    assert "Zaphodina" not in message.text
    settings.LEADCRM_NOTICES_NAME_PEOPLE = True
    assert "Task: Call Zaphodina (March 2, 2026, noon)\n" in told(mina, notice).text


def test_the_morning_tells_how_many_leads_nobody_attends_to(mina: User) -> None:
    leader = make_user(SALES_LEAD)
    make_team(mina, leader=leader)
    other = make_team(make_user(SALES))
    for _n in range(2):
        wanted(mina, answer_by=NOON)
    wanted(other.members.get(), team=other, answer_by=NOON)
    notice = SalesNotice.objects.create(user=leader, kind=SalesKind.UNATTENDED, event="2026-03-02")
    message = told(leader, notice)
    assert message.subject == "2 leads that nobody attends to"
    assert message.path == "/admin/unattended/"


def test_in_korean_and_by_the_clock_of_seoul(mina: User, tom: User) -> None:
    notice = given_by(By(tom), mina, wanted())
    with translation.override("ko"), timezone.override("Asia/Seoul"):
        message = told(mina, notice)
    assert "2026년 3월 2일 21:00\n" in message.text


# --- nobody's data ----------------------------------------------------------------------------------------------------

SECRETS = ("Zaphodina", "Beeble", "zaphodina@fabrikam.example", "+49 170 1", "Fabrikam")


def everything(mina: User, tom: User, **values: Any) -> list[Message]:
    team, lead = make_team(mina, tom), wanted(**values)
    kinds = (SalesKind.NEW, SalesKind.DUE_SOON, SalesKind.OVERDUE)
    of_nobody = [told(one, of_lead(kind, lead, one)) for kind in kinds for one in (mina, team, "crm@contoso.example")]
    others = [told(mina, given_by(By(tom), mina, wanted(**values)))]
    others.append(told(mina, of_lead(SalesKind.AGAIN, wanted(mina, **values), mina)))
    others.append(told(mina, of_lead(SalesKind.HANDED_ON, wanted(tom, **values), mina)))
    return of_nobody + others


def test_by_default_nothing_says_who_the_person_is(mina: User, tom: User) -> None:
    for message in everything(mina, tom):
        assert not [secret for secret in SECRETS if secret in f"{message.subject} {message.text} {message.path}"]


def test_when_that_is_switched_on_the_text_has_name_and_company_but_no_subject_has(
    mina: User, tom: User, settings: Any
) -> None:
    settings.LEADCRM_NOTICES_NAME_PEOPLE = True
    for message in everything(mina, tom):
        assert "Customer: Zaphodina Beeble, Fabrikam\n" in message.text
        assert "Zaphodina" not in message.subject
        assert not [secret for secret in SECRETS[2:4] if secret in message.text]


def test_whom_a_privacy_rule_holds_back_is_never_named(mina: User, tom: User, settings: Any) -> None:
    settings.LEADCRM_NOTICES_NAME_PEOPLE = True
    for message in everything(mina, tom, is_private=True):
        assert not [secret for secret in SECRETS if secret in message.text]


def test_what_was_sent_from_outside_stays_on_its_line_and_makes_no_link(mina: User, tom: User, settings: Any) -> None:
    settings.LEADCRM_NOTICES_NAME_PEOPLE = True
    texts = {"offer": None, "offer_title": HOSTILE, "action": HOSTILE, "source": HOSTILE, "company": HOSTILE}
    for message in everything(mina, tom, first_name=HOSTILE, **texts):
        assert "\n" not in message.subject
        assert "\r" not in message.subject + message.text
        assert "\u202e" not in message.subject + message.text
        assert "https://evil" not in message.subject + message.text
        assert not [line for line in message.text.splitlines() if line.startswith("Bcc")]
    assert short("x" * 300) == "x" * 99 + "…"


# --- what is over is not told -----------------------------------------------------------------------------------------


def test_a_lead_that_went_on_was_seen_or_closed_meanwhile_is_not_told(mina: User, tom: User) -> None:
    leads = [wanted() for _n in range(4)]
    notice = given_by(By(tom), mina, *leads)
    give(By(tom), [leads[0].pk], tom)
    note_seen(mina, leads[1].pk)
    Lead.objects.filter(pk=leads[2].pk).update(stage=Stage.LOST)
    message = told(mina, notice)
    assert message.subject == "1 lead given to you by Tom Weber: Contoso Firewall"
    assert message.path == f"/admin/leads/lead/{leads[3].pk}/change/"
    note_seen(mina, leads[3].pk)
    assert not is_told(mina, notice)


def test_what_one_edit_gave_to_each_is_told_to_each(mina: User, tom: User) -> None:
    """Also where a lead is with the other by now."""
    notice = given_by(By(tom), mina, wanted())
    other = given_by(By(mina), tom, wanted())
    Lead.objects.update(owner=mina)
    assert is_told(mina, notice)
    assert not is_told(mina, SalesNotice(user=mina, kind=SalesKind.GIVEN, event=other.event))


@pytest.mark.parametrize("kind", [SalesKind.NEW, SalesKind.DUE_SOON, SalesKind.OVERDUE])
def test_what_was_answered_is_not_told(mina: User, kind: SalesKind) -> None:
    team, lead = make_team(mina), wanted()
    for recipient in (mina, team, "crm@contoso.example"):
        notice = of_lead(kind, lead, recipient)
        assert is_told(recipient, notice)
        Lead.objects.update(contacted_at=NOON)
        assert not is_told(recipient, notice)
        Lead.objects.update(contacted_at=None)


def test_a_lead_that_somebody_took_is_no_longer_new_to_people_but_to_chats_and_addresses(mina: User, tom: User) -> None:
    team = make_team(mina)
    lead = wanted(tom, team=team)
    seen = {
        str(recipient): is_told(recipient, of_lead(SalesKind.NEW, lead, recipient))
        for recipient in (mina, team, "crm@contoso.example")
    }
    assert seen == {"mina": False, str(team): True, "crm@contoso.example": True}


def test_an_answer_that_somebody_else_owes_by_now_is_not_told(mina: User, tom: User) -> None:
    lead = wanted(mina)
    notice = of_lead(SalesKind.DUE_SOON, lead, mina)
    Lead.objects.update(owner=tom)
    assert not is_told(mina, notice)
    assert is_told(mina, of_lead(SalesKind.HANDED_ON, lead, mina))
    Lead.objects.update(owner=mina)
    assert not is_told(mina, SalesNotice.objects.get(kind=SalesKind.HANDED_ON))


def test_that_a_person_is_back_is_not_told_to_who_has_looked_since(mina: User) -> None:
    lead = wanted(mina, seen_at=NOON)
    notice = of_lead(SalesKind.AGAIN, lead, mina)
    assert is_told(mina, notice)
    Lead.objects.update(seen_at=timezone.now() + HOUR)
    assert not is_told(mina, notice)


def test_another_round_of_the_same_lead_is_another_matter(mina: User) -> None:
    lead = wanted(mina)
    notice = of_lead(SalesKind.DUE_SOON, lead, mina)
    Lead.objects.update(opened_at=NOON + HOUR)
    assert not is_told(mina, notice)


@pytest.mark.parametrize("flags", [{"is_dnc": True}, {"is_test": True}])
def test_a_person_who_must_not_be_contacted_by_now_is_not_told_of(
    mina: User, tom: User, flags: dict[str, bool]
) -> None:
    lead = wanted(mina)
    task = make_task(lead, assignee=mina, due_at=NOON)
    kinds = [kind for kind in SalesKind if kind not in (SalesKind.GIVEN, SalesKind.TASK_DUE, SalesKind.UNATTENDED)]
    notices = [of_lead(kind, lead, mina) for kind in kinds]
    notices.append(given_by(By(tom), mina, wanted(tom)))
    notices.append(make_sales_notice(mina, lead, kind="task_due", event=f"{task.pk} {NOON.isoformat()}"))
    Lead.objects.update(**flags)
    assert [notice.kind for notice in notices if is_told(mina, notice)] == []


def test_a_task_that_is_done_put_off_or_somebody_elses_is_not_told(mina: User, tom: User) -> None:
    tasks = [make_task(wanted(mina), assignee=mina, due_at=NOON) for _n in range(4)]
    notices = [
        make_sales_notice(mina, task.lead, kind="task_due", event=f"{task.pk} {NOON.isoformat()}") for task in tasks
    ]
    finish(tasks[0])
    put_off(tasks[1], NOON + HOUR)
    give(By(tom), [tasks[2].lead.pk], tom)
    assert [is_told(mina, notice) for notice in notices] == [False, False, False, True]


def test_leads_that_a_person_may_not_see_are_not_told_to_them(mina: User) -> None:
    make_team(mina)
    other = make_team(make_user(SALES))
    lead = wanted(other.members.get(), team=other)
    for kind in (SalesKind.OVERDUE, SalesKind.HANDED_ON):
        assert not is_told(mina, of_lead(kind, lead, mina))


def test_a_message_costs_no_more_statements_for_many_leads_than_for_few(
    mina: User, tom: User, django_assert_max_num_queries: Any
) -> None:
    notices = [of_lead(SalesKind.AGAIN, wanted(mina), mina) for _n in range(30)]
    notices.append(given_by(By(tom), mina, *(wanted() for _n in range(30))))
    with django_assert_max_num_queries(9):
        found = still_so(User.objects.get(pk=mina.pk), notices, timezone.now())
        message_of(found.matters)
    assert [matter.count for matter in found.matters] == [30, 30]
    assert notices[-1].leads_told == 30
