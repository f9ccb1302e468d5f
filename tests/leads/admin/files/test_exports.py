"""Exports in the admin: from the list to a file that only who asked for it may fetch."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from leads.exporting import jobs
from leads.models import ExportJob
from leads.models.export_job import FILE_KEPT, ExportFormat, ExportState
from leads.roles import OWNER, SALES_LEAD
from tests.factories import make_lead, make_user, make_view
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.shown import buttons_on, links_on, messages_of, pills_on
from tests.leads.exporting.written import exported, rows_of, worked_off

pytestmark = pytest.mark.django_db

LEADS = "/admin/leads/lead/"
ADD = "/admin/leads/exportjob/add/"


@pytest.fixture(autouse=True)
def export_dir(tmp_path: Path, settings: Any) -> Path:
    settings.LEADCRM_EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def boss(db: None) -> User:
    return make_user(SALES_LEAD, is_staff=True)


@pytest.fixture
def client(enter: Enter, boss: User) -> Client:
    return enter(user=boss)


def test_the_list_leads_there_with_its_filters_for_who_may(client: Client, sales: Client) -> None:
    make_lead()
    query = "stage__exact=new&owner=nobody"
    page = client.get(f"{LEADS}?{query}")
    assert links_on(page, "Export") == [f"{ADD}?{query}"]
    assert f'formaction="{ADD}?stage__exact=new&amp;owner=nobody" class="lc-button lc-small">Export…<' in page.text
    assert "exportjob" not in sales.get(f"{LEADS}?{query}").text


def test_it_is_asked_first_with_the_number(client: Client) -> None:
    make_lead(), make_lead(stage="won")
    page = client.get(f"{ADD}?stage__exact=won")
    assert (page.status_code, page.context["number"]) == (200, "1")
    assert "those that the list shows with its filters" in page.text
    assert not ExportJob.objects.exists()


def test_a_filtered_list_is_exported_watched_and_fetched(
    client: Client, hinted: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    make_lead(first_name="Won", stage="won"), make_lead()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"{ADD}?stage__exact=won", {"asked": "1", "format": "csv"})
    job = ExportJob.objects.get()
    assert (answer.headers["Location"], hinted) == (page_of(job), ["continue_exports"])
    assert (job.query, job.language, job.state) == ("stage__exact=won", "en", ExportState.WAITING)
    page = client.get(page_of(job))
    assert "A worker takes it in a moment." in page.text
    assert (pills_on(page), links_on(page, "Download")) == (["Waiting for a worker"], [])
    worked_off(job)
    page = client.get(page_of(job))
    (download,) = links_on(page, "Download")
    fetched = client.get(download)
    content = b"".join(fetched.streaming_content)  # type: ignore[attr-defined]
    assert b"Won,Park" in content
    day = timezone.localtime(job.asked_at).date().isoformat()
    assert fetched.headers["Content-Disposition"] == f'attachment; filename="leads-{day}.csv"'
    assert fetched.headers["Cache-Control"].startswith("no-store")


def test_ticked_leads_are_exported_alone(client: Client) -> None:
    one, _other = make_lead(), make_lead()
    ticked = {"_selected_action": [str(one.pk), "nonsense"], "select_across": "0"}
    page = client.post(ADD, ticked)
    assert page.context["number"] == "1"
    assert "those that you ticked" in page.text
    client.post(ADD, ticked | {"asked": "1", "format": "csv"})
    assert [row["Lead"] for row in rows_of(worked_off(ExportJob.objects.get()))] == [str(one.pk)]


def test_all_that_the_filters_find_are_meant_where_all_were_chosen(client: Client) -> None:
    one, _other = make_lead(), make_lead()
    page = client.post(ADD, {"_selected_action": [str(one.pk)], "select_across": "1"})
    assert page.context["number"] == "2"


@pytest.mark.parametrize(
    "posted",
    [
        {"action": "export"},
        {"_selected_action": ["nonsense"], "select_across": "0"},
        {"_selected_action": ["nonsense"], "asked": "1", "format": "csv"},
    ],
    ids=["nothing ticked", "no key", "no key when it is asked"],
)
def test_nothing_ticked_does_not_mean_all(client: Client, posted: dict[str, Any]) -> None:
    make_lead()
    answer = client.post(f"{ADD}?stage__exact=new", posted, follow=True)
    assert answer.redirect_chain == [(f"{LEADS}?stage__exact=new", 302)]
    assert messages_of(answer) == ["Tick the leads first."]
    assert not ExportJob.objects.exists()


@pytest.mark.parametrize("asked", [{}, {"asked": "1", "format": "csv"}], ids=["first", "then"])
def test_a_filter_that_would_be_cut_is_refused(client: Client, asked: dict[str, str]) -> None:
    make_lead()
    most = "q=mina+".ljust(2000, "x")
    assert client.get(f"{ADD}?{most}").status_code == 200
    answer = client.post(f"{ADD}?{most}&stage__exact=won", {"select_across": "1"} | asked, follow=True)
    assert answer.redirect_chain[0][0].startswith(f"{LEADS}?q=mina")
    assert "These filters are too long for an export. Take some of them away." in messages_of(answer)
    assert not ExportJob.objects.exists()


def test_what_was_cancelled_leads_back_to_the_list_without_what_was_searched_for(client: Client, boss: User) -> None:
    job = jobs.ask(boss, ExportFormat.CSV, "q=mina&stage__exact=new")
    jobs.cancel(job)
    assert links_on(client.get(page_of(job)), "Back to the list") == [f"{LEADS}?stage__exact=new"]


def test_a_saved_view_is_exported_from_its_list(client: Client, boss: User) -> None:
    view = make_view(boss, "stage__exact=won")
    listed = client.get(address_of("leads_savedview_open", view.pk), follow=True)
    assert links_on(listed, "Export") == [f"{ADD}?stage__exact=won"]


def test_a_list_without_leads_has_nothing_to_export(client: Client) -> None:
    page = client.get(f"{ADD}?stage__exact=won")
    assert "The list shows no lead with these filters." in page.text
    assert buttons_on(page) == []


def test_a_filter_that_is_none_leads_back_to_the_list(client: Client) -> None:
    answer = client.get(f"{ADD}?owner=x", follow=True)
    assert answer.redirect_chain[0][0] == LEADS
    assert messages_of(answer) == ["The filter is no longer understood. Filter the list anew."]


def test_nobody_else_sees_or_fetches_it(client: Client, boss: User, owner: Client, enter: Enter) -> None:
    make_lead()
    job = exported(boss)
    for name in ("leads_exportjob_change", "leads_exportjob_state", "leads_exportjob_file"):
        assert owner.get(address_of(name, job.pk)).status_code == 403
    assert owner.get("/admin/leads/exportjob/").context["cl"].result_count == 0
    assert client.get("/admin/leads/exportjob/").context["cl"].result_count == 1
    assert Client().get(address_of("leads_exportjob_file", job.pk)).status_code == 302
    boss.groups.clear()
    assert client.get(address_of("leads_exportjob_file", job.pk)).status_code == 403


def test_after_a_day_the_page_says_that_the_file_is_gone(client: Client, boss: User) -> None:
    job = exported(boss)
    ExportJob.objects.update(finished_at=timezone.now() - FILE_KEPT)
    answer = client.get(address_of("leads_exportjob_file", job.pk), follow=True)
    assert messages_of(answer) == ["The file is no longer there. Export once more."]
    assert links_on(answer, "Download") == []
    jobs.purge()
    assert pills_on(client.get(page_of(job))) == ["File deleted"]


def test_what_failed_says_why(client: Client, boss: User) -> None:
    job = exported(boss, "owner=x")
    page = client.get(page_of(job))
    assert pills_on(page) == ["Failed"]
    assert "The filter is no longer understood. Filter the list anew." in page.text


def test_it_can_be_cancelled(client: Client, boss: User) -> None:
    client.post(ADD, {"asked": "1", "format": "csv"})
    job = ExportJob.objects.get()
    assert messages_of(client.post(button_of(job, "cancel"), follow=True)) == ["Cancelled."]
    assert worked_off(job).state == ExportState.CANCELLED
    assert messages_of(client.post(button_of(job, "cancel"), follow=True)) == ["It had ended already."]


def test_too_many_at_once_are_refused(client: Client) -> None:
    for _number in range(jobs.MOST_OPEN + 1):
        answer = client.post(ADD, {"asked": "1", "format": "csv"}, follow=True)
    assert messages_of(answer) == ["Too many exports of yours are under way. Wait for them, or cancel some."]
    assert ExportJob.objects.count() == jobs.MOST_OPEN


def test_the_file_goes_a_day_after_it_was_written(boss: User) -> None:
    job = exported(boss)
    assert job.finished_at is not None
    assert job.file_goes_at == job.finished_at + timedelta(days=1)


def test_an_owner_may_export_too() -> None:
    assert make_user(OWNER).has_perm("leads.export_lead")
