"""Many leads at once from the list: asked first, done, said, undone."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leads.models import BulkEdit, Lead
from leads.roles import OPS, SALES
from leads.sales import bulk
from leads.states import Stage
from tests.factories import make_lead, make_team, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of
from tests.leads.admin.shown import messages_of, undo_on

pytestmark = pytest.mark.django_db

LEADS = "/admin/leads/lead/"
ASKED = {"asked": "1"}


@pytest.fixture
def ines(db: None) -> User:
    return make_user(SALES, first_name="Ines", last_name="Ruiz")


def at(kind: str, query: str = "") -> str:
    return f"{address_of('leads_lead_bulk', kind)}{query}"


def ticked(*leads: Lead) -> dict[str, list[str]]:
    return {"_selected_action": [str(lead.pk) for lead in leads]}


def test_the_list_has_a_button_for_each_with_its_filters(sales: Client) -> None:
    make_lead()
    page = sales.get(f"{LEADS}?stage__exact=new").text
    for kind, label in (
        ("give", "Give to…"),
        ("stage", "Stage…"),
        ("snooze", "Snooze…"),
        ("irrelevant", "Irrelevant…"),
    ):
        assert f'formaction="{at(kind)}?stage__exact=new" class="lc-button lc-small">{label}<' in page


def test_who_may_not_change_leads_has_nothing_to_tick(ops: Client) -> None:
    lead = make_lead()
    assert 'name="_selected_action"' not in ops.get(LEADS).text
    assert ops.post(at("irrelevant"), ticked(lead) | ASKED).status_code == 403


def test_it_is_asked_first_with_the_number(sales: Client, ines: User) -> None:
    leads = [make_lead() for _number in range(3)]
    page = sales.post(at("give"), ticked(*leads[:2]))
    assert (page.status_code, page.context["title"]) == (200, "Give 2 leads")
    assert "Ines Ruiz" in page.text
    assert page.text.count('name="_selected_action"') == 2
    assert not Lead.objects.exclude(owner=None).exists()


def test_leads_are_given_and_taken_back_with_one_press(sales: Client, ines: User) -> None:
    leads = [make_lead() for _number in range(3)]
    answer = sales.post(at("give", "?stage__exact=new"), ticked(*leads) | ASKED | {"to": ines.pk}, follow=True)
    assert answer.redirect_chain == [(f"{LEADS}?stage__exact=new", 302)]
    assert messages_of(answer) == ["3 leads given to Ines Ruiz."]
    assert Lead.objects.filter(owner=ines).count() == 3
    address, _fields = undo_on(answer)
    undone = sales.post(address, follow=True)
    assert messages_of(undone) == ["Undone: 3 leads are as they were."]
    assert Lead.objects.filter(owner=None).count() == 3
    again = sales.post(address, follow=True)
    assert messages_of(again) == ["Nothing was undone: that is possible once, within ten minutes."]


def test_all_that_the_filters_find_is_meant_when_all_were_chosen(sales: Client) -> None:
    for number in range(30):
        make_lead(stage=Stage.NEW if number % 3 else Stage.WON)
    everything = {"select_across": "1"}
    assert (
        sales.post(at("irrelevant", "?stage__exact=new"), everything).context["title"] == "Score 20 leads as irrelevant"
    )
    answer = sales.post(at("irrelevant", "?stage__exact=new"), everything | ASKED, follow=True)
    assert messages_of(answer) == ["20 leads scored as irrelevant."]
    assert Lead.objects.filter(score=bulk.IRRELEVANT).count() == 20


def test_stages_are_moved_where_they_may_and_the_others_named(sales: Client) -> None:
    leads = [make_lead(), make_lead(stage=Stage.WON)]
    posted = ticked(*leads) | ASKED | {"stage": "lost"}
    page = sales.post(at("stage"), posted)
    assert page.context["form"].errors == {"close_reason": ["Say why the leads are given up."]}
    answer = sales.post(at("stage"), posted | {"close_reason": "no_need"}, follow=True)
    assert messages_of(answer) == ["1 lead is now “Lost”.", "1 lead stayed as it was."]


@pytest.mark.parametrize("posted", [{"until": "moment"}, {"until": "moment", "due_at": "2020-01-01T09:00"}, {}])
def test_leads_do_not_sleep_until_yesterday(sales: Client, posted: dict[str, str]) -> None:
    page = sales.post(at("snooze"), ticked(make_lead()) | ASKED | posted)
    assert page.context["form"].errors
    assert not BulkEdit.objects.exists()


def test_leads_sleep_until_tomorrow_or_any_other_time(sales: Client) -> None:
    first, second = make_lead(), make_lead()
    sales.post(at("snooze"), ticked(first) | ASKED | {"until": "tomorrow"})
    later = timezone.localtime() + timedelta(days=9)
    sales.post(at("snooze"), ticked(second) | ASKED | {"until": "moment", "due_at": f"{later:%Y-%m-%dT%H:%M}"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.snoozed_until is not None
    assert timezone.now() < first.snoozed_until < timezone.now() + timedelta(days=4)
    assert second.snoozed_until == later.replace(second=0, microsecond=0)


def test_when_nothing_changes_it_says_so_and_offers_no_undo(sales: Client, ines: User) -> None:
    lead = make_lead(owner=ines)
    answer = sales.post(at("give"), ticked(lead) | ASKED | {"to": ines.pk}, follow=True)
    assert messages_of(answer) == ["Nothing changed: all of them were so already, or may not move there."]
    assert 'class="lc-act lc-undo"' not in answer.text


@pytest.mark.parametrize("posted", [{}, {"_selected_action": ["x", "\0"]}, {"_selected_action": []}])
def test_without_a_lead_nothing_is_asked(sales: Client, posted: dict[str, list[str]]) -> None:
    answer = sales.post(at("give"), posted, follow=True)
    assert messages_of(answer) == ["Tick the leads first."]


def test_a_filter_that_is_not_understood_changes_nothing(sales: Client) -> None:
    lead = make_lead()
    sales.post(at("irrelevant", "?owner=x"), {"select_across": "1"} | ASKED)
    lead.refresh_from_db()
    assert lead.score == 0


def test_the_way_through_the_lists_own_actions_asks_first_too(sales: Client) -> None:
    lead = make_lead()
    page = sales.post(LEADS, ticked(lead) | {"action": "irrelevant", "index": "0"})
    assert page.context["title"] == "Score 1 lead as irrelevant"
    lead.refresh_from_db()
    assert lead.score == 0


def test_what_a_person_does_not_see_is_not_changed(enter: Enter) -> None:
    tom, stranger = make_user(SALES, is_staff=True), make_user(SALES)
    make_team(tom)
    seen, hidden = make_lead(owner=tom), make_lead(owner=stranger)
    client = enter(user=tom)
    client.post(at("irrelevant"), ticked(seen, hidden) | ASKED)
    client.post(at("irrelevant"), {"select_across": "1"} | ASKED)
    hidden.refresh_from_db()
    seen.refresh_from_db()
    assert (seen.score, hidden.score) == (bulk.IRRELEVANT, 0)


def test_a_lead_whose_name_is_held_back_can_be_ticked_like_others(sales: Client) -> None:
    lead = make_lead(is_private=True, first_name="Zaphodina")
    page = sales.post(at("irrelevant"), ticked(lead))
    assert page.context["title"] == "Score 1 lead as irrelevant"
    assert "Zaphodina" not in page.text
    sales.post(at("irrelevant"), ticked(lead) | ASKED)
    lead.refresh_from_db()
    assert lead.score == bulk.IRRELEVANT


# --- by a worker ------------------------------------------------------------------------------------------------------


@pytest.fixture
def by_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(bulk, "PAGE", 2)


def test_many_are_done_by_a_worker_while_the_person_looks_on(
    sales: Client, enter: Enter, by_worker: None, hinted: list[str], django_capture_on_commit_callbacks: object
) -> None:
    leads = [make_lead() for _number in range(5)]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = sales.post(at("irrelevant"), ticked(*leads) | ASKED)
    job = BulkEdit.objects.get()
    progress, state = address_of("leads_lead_bulk_progress", job.pk), address_of("leads_lead_bulk_state", job.pk)
    assert answer.headers["Location"] == progress
    assert hinted == ["continue_bulk_edits"]
    assert "A worker takes it in a moment." in sales.get(progress).text
    bulk.work_off_page(job.pk)
    page = sales.get(state)
    assert "2 of 5 leads" in page.text
    assert "HX-Redirect" not in page.headers
    for other in (enter(SALES), enter(OPS)):
        assert other.get(progress).status_code == 404
        assert other.get(state).status_code == 404
    assert bulk.work_off(job.pk) is False
    assert sales.get(state).headers["HX-Redirect"] == progress
    done = sales.get(progress, follow=True)
    assert messages_of(done) == ["5 leads scored as irrelevant."]
    address, _fields = undo_on(done)
    undoing = sales.post(address)
    job = BulkEdit.objects.latest("pk")
    assert undoing.headers["Location"] == address_of("leads_lead_bulk_progress", job.pk)
    assert bulk.work_off(job.pk) is False
    assert messages_of(sales.get(undoing.headers["Location"], follow=True)) == ["Undone: 5 leads are as they were."]
    assert not Lead.objects.exclude(score=0).exists()
