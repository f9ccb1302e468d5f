"""Exports in the background: the leads that the list shows to who asked, in files that do no harm."""

import errno
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from django.utils.translation import override
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from leads.exporting import columns, files, jobs
from leads.exporting.fetching import file_of
from leads.models import ExportJob, Lead, Profile
from leads.models.export_job import FILE_KEPT, ExportFault, ExportFormat, ExportState
from leads.roles import OWNER, SALES, SALES_LEAD
from leads.states import CloseReason, Stage
from tests.factories import make_lead, make_offer, make_team, make_user
from tests.leads.exporting.written import exported, rows_of, workbook_of, worked_off

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOSTILE = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '"><script>alert(1)</script>',
    '=HYPERLINK("x")',
)


def a_lead(**values: Any) -> Lead:
    return make_lead(**{"first_touch_at": AT, "last_touch_at": AT} | values)


# --- which leads ----------------------------------------------------------------------------------------------------


def test_a_file_holds_what_the_list_shows_with_its_filters(boss: User) -> None:
    a_lead(stage=Stage.LOST, close_reason=CloseReason.NO_NEED, first_name="Lost")
    a_lead(first_name="New")
    job = exported(boss, "stage__exact=lost")
    assert [row["First name"] for row in rows_of(job)] == ["Lost"]
    assert (job.state, job.done, job.found, job.held_back) == (ExportState.DONE, 1, 1, 0)
    assert {row["First name"] for row in rows_of(exported(boss))} == {"Lost", "New"}


def test_a_search_is_a_filter_too(boss: User) -> None:
    a_lead(first_name="Tom", search_text="TOM PARK")
    a_lead()
    assert [row["First name"] for row in rows_of(exported(boss, "q=tom"))] == ["Tom"]


def test_of_ticked_leads_only_those(boss: User) -> None:
    one, _other = a_lead(), a_lead()
    assert [row["Lead"] for row in rows_of(exported(boss, "", str(one.pk)))] == [str(one.pk)]


def test_a_filter_that_is_no_longer_understood_is_said(boss: User) -> None:
    job = exported(boss, "owner=nobody-of-this-name")
    assert (job.state, job.fault, job.finished_at is None) == (ExportState.FAILED, ExportFault.FILTER, False)


def test_nobody_gets_leads_of_other_teams_by_what_holds_when_the_file_is_written(export_dir: Path) -> None:
    boss, tom, ines = make_user(SALES_LEAD), make_user(SALES), make_user(SALES)
    north = make_team(tom, leader=boss)
    make_team(ines)
    a_lead(owner=tom, first_name="Ours"), a_lead(owner=ines, first_name="Theirs")
    assert [row["First name"] for row in rows_of(exported(boss))] == ["Ours"]
    job = jobs.ask(boss, ExportFormat.CSV, "")
    north.leader = None
    north.save()
    assert rows_of(worked_off(job)) == []


def test_whoever_may_no_longer_export_gets_no_file(boss: User, export_dir: Path) -> None:
    a_lead()
    job = jobs.ask(boss, ExportFormat.CSV, "")
    boss.groups.clear()
    worked_off(job)
    assert (job.state, job.fault, list(export_dir.glob("*"))) == (ExportState.FAILED, ExportFault.NOT_PERMITTED, [])


def test_leads_that_became_part_of_another_are_left_out(boss: User) -> None:
    lead = a_lead()
    a_lead(merged_into=lead)
    assert [row["Lead"] for row in rows_of(exported(boss))] == [str(lead.pk)]


# --- what stands there ----------------------------------------------------------------------------------------------


def test_a_row_says_what_the_list_says_and_how_to_reach_the_person(boss: User) -> None:
    tom, offer = make_user(first_name="Tom", last_name="Ng"), make_offer(name="Contoso Firewall")
    lead = a_lead(
        phone="02 555",
        company="Fabrikam",
        title="CTO",
        country="Korea",
        country_code="KR",
        offer=offer,
        source="AzureMarketplace",
        action="PLT",
        stage=Stage.LOST,
        close_reason=CloseReason.NO_NEED,
        owner=tom,
        team=make_team(boss, name="North"),
        score=-5,
        contacted_at=AT,
    )
    Profile.objects.create(user=boss, time_zone="Asia/Seoul")
    (row,) = rows_of(exported(boss))
    assert row == {
        "Lead": str(lead.pk),
        "First name": "Mina",
        "Last name": "Park",
        "E-mail": "mina@fabrikam.example",
        "Phone": "02 555",
        "Company": "Fabrikam",
        "Job title": "CTO",
        "Country": "South Korea",
        "Offer": "Contoso Firewall",
        "Wants": "Contact me",
        "Source": "Azure Marketplace",
        "Stage": "Lost",
        "Why closed": "No need any more",
        "Owner": "Tom Ng",
        "Team": "North",
        "Score": "-5",
        "Due": "",
        "First contact": "2026-03-02 21:00:00+09:00",
        "Touches": "1",
        "First touch": "2026-03-02 21:00:00+09:00",
        "Last touch": "2026-03-02 21:00:00+09:00",
        "Test lead": "",
        "Do not contact": "",
    }


def test_a_time_zone_that_is_known_no_longer_gives_way_to_that_of_the_installation(boss: User) -> None:
    Profile.objects.create(user=boss, time_zone="Atlantis/Center")
    a_lead()
    (row,) = rows_of(exported(boss))
    assert row["First touch"] == "2026-03-02 12:00:00+00:00"


def test_it_is_in_the_language_of_who_asked(boss: User) -> None:
    a_lead(country_code="KR")
    with override("ko"):
        job = jobs.ask(boss, ExportFormat.CSV, "")
    text = files.path_of(worked_off(job).file).read_text("utf-8-sig")
    assert text.startswith("리드,이름,성,")
    assert ",대한민국," in text


def test_personal_data_that_is_held_back_is_masked_as_on_the_screen(boss: User) -> None:
    a_lead(is_private=True, email="s@uni.edu", phone="1", company="University", title="Student")
    group_without = make_user(OWNER)
    group_without.groups.clear()
    give(group_without, "export_lead", "view_lead", "view_all_leads")
    job = exported(group_without)
    (row,) = rows_of(job)
    personal = ("First name", "Last name", "E-mail", "Phone", "Company", "Job title")
    assert [row[name] for name in personal] == ["", "Held back by a privacy rule", "", "", "", ""]
    assert job.held_back == 0
    seen = exported(boss)
    assert (rows_of(seen)[0]["E-mail"], seen.held_back) == ("s@uni.edu", 1)
    assert rows_of(exported(group_without, "q=uni")) == []


def give(user: User, *codenames: str) -> None:
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_taken_for_a_formula(boss: User, text: str) -> None:
    a_lead(first_name=text, company=text, offer_title=text)
    (row,) = rows_of(exported(boss))
    (cells,) = workbook_of(exported(boss, kind=ExportFormat.XLSX))
    for name in ("First name", "Company", "Offer"):
        assert row[name] == (text if text.startswith('"') else f"'{text}")
        kind, content = cells[name]
        assert (kind, content.replace("_x000D_", "\r")) == ("s", text)


def test_a_csv_file_begins_with_the_mark_that_excel_needs(boss: User) -> None:
    a_lead(first_name="박")
    content = files.path_of(exported(boss).file).read_bytes()
    assert content.startswith(b"\xef\xbb\xbfLead,First name,")
    assert "박".encode() in content


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers(boss: User) -> None:
    a_lead(phone="0123456789", score=45, company="http://x.example", title="1E5")
    (cells,) = workbook_of(exported(boss, kind=ExportFormat.XLSX))
    assert cells["Phone"] == ("s", "0123456789")
    assert cells["Company"] == ("s", "http://x.example")
    assert cells["Job title"] == ("s", "1E5")
    assert cells["Score"] == ("n", "45")
    assert cells["Last touch"] == ("s", "2026-03-02 12:00:00+00:00")


def test_more_than_a_workbook_takes_is_said(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_IN_WORKBOOK", 1)
    a_lead(), a_lead()
    job = exported(boss, kind=ExportFormat.XLSX)
    assert (job.state, job.get_fault_display()) == (
        ExportState.FAILED,
        "These are more leads than a workbook takes. Choose CSV, or filter the list further.",
    )


# --- workers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def seven(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Leads, in pages of two."""
    monkeypatch.setattr(columns, "PAGE", 2)
    return [str(a_lead().pk) for _number in range(7)]


def ids_in(job: ExportJob) -> list[str]:
    return [row["Lead"] for row in rows_of(job)]


def test_a_file_is_written_page_by_page_and_gone_on_with(boss: User, seven: list[str]) -> None:
    job = jobs.ask(boss, ExportFormat.CSV, "")
    for done in (2, 4, 6, 7):
        assert jobs.work_off(job.pk, seconds=0)
        job.refresh_from_db()
        assert (job.state, job.done, job.worked_at) == (ExportState.RUNNING, done, None)
    assert not jobs.work_off(job.pk, seconds=0)
    job.refresh_from_db()
    assert (job.state, ids_in(job), job.size) == (ExportState.DONE, seven, files.path_of(job.file).stat().st_size)


def test_what_was_written_beyond_the_last_noted_page_is_written_anew(boss: User, seven: list[str]) -> None:
    job = jobs.ask(boss, ExportFormat.CSV, "")
    jobs.work_off(job.pk, seconds=0)
    job.refresh_from_db()
    with files.path_of(job.file).open("ab") as file:
        file.write(b"half a li")
    assert ids_in(worked_off(job)) == seven


def test_when_a_worker_was_ended_the_next_begins_a_file_of_its_own(
    boss: User, seven: list[str], export_dir: Path
) -> None:
    job = jobs.ask(boss, ExportFormat.CSV, "")
    jobs.work_off(job.pk, seconds=0)
    stuck = {"worked_at": timezone.now() - 2 * jobs.GIVEN_UP_AFTER}
    ExportJob.objects.filter(pk=job.pk).update(**stuck)
    job.refresh_from_db()
    first = job.file
    assert jobs.to_go_on_with() == [job.pk]
    assert ids_in(worked_off(job)) == seven
    assert job.file != first
    assert [path.name for path in export_dir.iterdir()] == [job.file]


def test_while_one_worker_is_at_it_another_leaves_it_alone(boss: User, seven: list[str]) -> None:
    job = jobs.ask(boss, ExportFormat.CSV, "")
    assert jobs._take(job.pk) is not None
    assert jobs._take(job.pk) is None
    assert jobs.to_go_on_with() == []


def test_a_worker_that_lost_the_job_leaves_no_file_behind(
    boss: User, seven: list[str], export_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.ask(boss, ExportFormat.CSV, "")
    write: Any = files.CsvFile.write

    def cancelled_meanwhile(sink: Any, rows: Any) -> int:
        jobs.cancel(ExportJob.objects.get(pk=job.pk))
        return int(write(sink, rows))

    monkeypatch.setattr(files.CsvFile, "write", cancelled_meanwhile)
    worked_off(job)
    assert (job.state, list(export_dir.iterdir())) == (ExportState.CANCELLED, [])


@pytest.mark.parametrize("kind", ExportFormat)
def test_a_file_that_is_finished_while_somebody_cancels_stays_deleted(
    boss: User, export_dir: Path, monkeypatch: pytest.MonkeyPatch, kind: ExportFormat
) -> None:
    a_lead()
    job = jobs.ask(boss, kind, "")
    for sink in (files.CsvFile, files.XlsxFile):
        monkeypatch.setattr(sink, "close", _after(sink.close, lambda: jobs.cancel(ExportJob.objects.get(pk=job.pk))))
    worked_off(job)
    assert (job.state, job.finished_at is None, list(export_dir.iterdir())) == (ExportState.CANCELLED, False, [])


def _after(close: Any, happens: Callable[[], Any]) -> Any:
    """``close`` when something else has just happened."""

    def closed(sink: Any) -> int:
        happens()
        return int(close(sink))

    return closed


def test_a_workbook_is_never_made_anew_for_everybody_to_read(
    boss: User, export_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_lead()
    job, left = jobs.ask(boss, ExportFormat.XLSX, ""), list[str]()
    store: Any = Workbook.close

    def stored(book: Any) -> None:
        jobs.cancel(ExportJob.objects.get(pk=job.pk))
        store(book)
        left.extend(path.name for path in export_dir.glob("*.xlsx"))

    monkeypatch.setattr(Workbook, "close", stored)
    worked_off(job)
    assert (job.state, left) == (ExportState.CANCELLED, [])


@pytest.mark.parametrize("kind", ExportFormat)
def test_what_could_not_be_deleted_while_it_was_written_is_deleted_at_its_end(
    boss: User, export_dir: Path, monkeypatch: pytest.MonkeyPatch, kind: ExportFormat
) -> None:
    """As on Windows, where nobody deletes a file that another has open."""
    a_lead()
    job = jobs.ask(boss, kind, "")

    def cancelled() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jobs, "remove", lambda name: None)
            jobs.cancel(ExportJob.objects.get(pk=job.pk))

    for sink in (files.CsvFile, files.XlsxFile):
        monkeypatch.setattr(sink, "close", _after(sink.close, cancelled))
    worked_off(job)
    assert (job.state, list(export_dir.iterdir())) == (ExportState.CANCELLED, [])


def test_a_file_that_somebody_deleted_meanwhile_is_begun_anew(boss: User, seven: list[str]) -> None:
    job = jobs.ask(boss, ExportFormat.CSV, "")
    jobs.work_off(job.pk, seconds=0)
    job.refresh_from_db()
    files.path_of(job.file).unlink()
    assert ids_in(worked_off(job)) == seven


def test_a_full_disk_is_said_in_clear_words(
    boss: User, seven: list[str], export_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_sink: Any, _rows: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.CsvFile, "write", full)
    job = exported(boss)
    assert (job.state, job.get_fault_display()) == (
        ExportState.FAILED,
        "The disk for exports is full. Tell who looks after this installation, then try again.",
    )
    assert list(export_dir.iterdir()) == []


def test_a_disk_that_is_nearly_full_is_left_to_the_leads_that_come_in(
    boss: User, seven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LEAST_FREE_BYTES", 1 << 80)
    assert exported(boss).fault == ExportFault.DISK_FULL


def test_a_folder_that_cannot_be_written_is_said(boss: User, export_dir: Path) -> None:
    export_dir.write_text("a file in its place")
    assert exported(boss).fault == ExportFault.FILE


def test_a_fault_of_ours_ends_the_export_with_words(
    boss: User, seven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "wording_of", lambda user: 1 / 0)
    assert exported(boss).fault == ExportFault.DEFECT


def test_only_so_many_wait_for_one_person(boss: User) -> None:
    for _number in range(jobs.MOST_OPEN):
        jobs.ask(boss, ExportFormat.CSV, "")
    with pytest.raises(jobs.TooMany):
        jobs.ask(boss, ExportFormat.CSV, "")


# --- the file afterwards --------------------------------------------------------------------------------------------


def test_nobody_else_can_read_the_file(boss: User, export_dir: Path) -> None:
    a_lead()
    for kind in ExportFormat:
        path = files.path_of(exported(boss, kind=kind).file)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(export_dir.stat().st_mode) == 0o700


def test_only_who_asked_may_fetch_it_as_long_as_they_may_export(boss: User) -> None:
    job = exported(boss)
    assert file_of(job, boss) is not None
    assert file_of(job, make_user(OWNER)) is None
    boss.groups.clear()
    assert file_of(job, User.objects.get(pk=boss.pk)) is None


def test_the_file_is_deleted_after_a_day_and_the_row_stays(boss: User, export_dir: Path) -> None:
    job = exported(boss)
    ExportJob.objects.update(finished_at=timezone.now() - FILE_KEPT)
    job.refresh_from_db()
    assert file_of(job, boss) is None
    jobs.purge()
    job.refresh_from_db()
    assert (job.state, list(export_dir.iterdir())) == (ExportState.EXPIRED, [])


def test_what_an_ended_worker_left_in_the_folder_is_deleted_in_time(boss: User, export_dir: Path) -> None:
    job = exported(boss)
    left, fresh = export_dir / "tmpabc", export_dir / "tmpdef"
    left.mkdir()
    fresh.touch()
    old = (timezone.now() - 2 * FILE_KEPT).timestamp()
    os.utime(left, (old, old))
    jobs.purge()
    assert {path.name for path in export_dir.iterdir()} == {job.file, "tmpdef"}


def test_what_was_searched_for_is_not_on_record(boss: User) -> None:
    a_lead(search_text="MINA PARK")
    job = exported(boss, "q=mina&stage__exact=new")
    assert LogEntry.objects.get().get_change_message() == "Exported 1 leads (csv). Filter: q=...&stage__exact=new."
    ExportJob.objects.update(finished_at=timezone.now() - FILE_KEPT)
    jobs.purge()
    job.refresh_from_db()
    assert job.query == "q=...&stage__exact=new"


def test_what_was_searched_for_is_not_on_record_of_what_failed_or_was_cancelled(boss: User) -> None:
    failed = exported(boss, "q=mina&owner=nobody-of-this-name")
    cancelled = jobs.ask(boss, ExportFormat.CSV, "q=mina&stage__exact=new")
    jobs.cancel(cancelled)
    cancelled.refresh_from_db()
    assert (failed.state, failed.query) == (ExportState.FAILED, "q=...&owner=nobody-of-this-name")
    assert (cancelled.state, cancelled.query) == (ExportState.CANCELLED, "q=...&stage__exact=new")


def test_what_is_left_of_the_filters_finds_its_place_on_record(boss: User) -> None:
    job = exported(boss, "q=mina&owner=".ljust(2000, ","))
    assert (job.state, job.query[:15], len(job.query)) == (ExportState.FAILED, "q=...&owner=%2C", 2000)


def test_the_log_says_who_took_out_how_many_and_which(boss: User) -> None:
    a_lead(), a_lead(is_private=True)
    job = exported(boss, "stage__exact=new")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (boss, str(job.pk))
    assert entry.get_change_message() == (
        "Exported 2 leads (csv). Filter: stage__exact=new. With personal data of 1 that a privacy rule holds back."
    )
