"""Leads from a file and to a file, each driven once by hand."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from leads.exporting import jobs as exports
from leads.importing import jobs as imports
from leads.models import ExportJob, ImportJob, Lead
from leads.models.export_job import ExportFormat
from leads.roles import SALES_LEAD
from tests.browser.conftest import Enter
from tests.browser.hand import Hand
from tests.browser.test_appearance import DESKTOP, KNOWN_OF_THE_THEME, PHONE, sideways
from tests.factories import make_lead, make_user
from tests.leads.admin.places import address_of, page_of
from tests.leads.importing.files import checked, row, text_of, uploaded

type Visit = Callable[[str], None]

IMPORTS = "/admin/leads/importjob/"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def export_dir(tmp_path: Path, settings: Any) -> Path:
    settings.LEADCRM_EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def boss(enter: Enter) -> User:
    return enter(user=make_user(SALES_LEAD, username="boss", first_name="Ada", is_staff=True))


@pytest.fixture
def hand(page: Page, boss: User) -> Hand:
    return Hand(page)


def work_off() -> None:
    """What a worker does meanwhile."""
    for job_id in imports.to_go_on_with():
        while imports.work_off(job_id):
            pass
    for job_id in exports.to_go_on_with():
        while exports.work_off(job_id):
            pass


def a_file(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    good = row(first_name=HOSTILE, customer_name="=cmd()")
    path.write_text(text_of(good, row(referral_id="r-2", e_mail="nobody")))
    return path


def test_a_file_is_uploaded_in_2_seen_imported_and_reverted(
    page: Page, hand: Hand, visit: Visit, tmp_path: Path
) -> None:
    visit(IMPORTS)
    with page.expect_file_chooser() as chooser:
        hand.press(page.get_by_label("CSV files"))
    chooser.value.set_files(a_file(tmp_path))
    hand.press_button(re.compile("Upload and check"))
    expect(page.get_by_text("A worker takes it in a moment.")).to_be_visible()
    assert hand.presses == 2
    work_off()
    expect(page.get_by_text("Ready to import")).to_be_visible()
    expect(page.get_by_text("This is no e-mail address.")).to_be_visible()
    assert not Lead.objects.exists()
    hand.press_button("Import (1)")
    page.wait_for_load_state()
    work_off()
    hand.press_link("Show its leads")
    expect(page.locator("#result_list").get_by_text(HOSTILE)).to_be_visible()
    assert hand.presses == 4
    page.go_back()
    hand.press_button(re.compile("Revert"))
    page.wait_for_load_state()
    work_off()
    expect(page.get_by_text("Touches: 1, leads: 1")).to_be_visible()
    assert (hand.presses, Lead.objects.count()) == (6, 0)  # the question is one
    assert hand.questions == [
        "Take back the touches of this import, and the leads that have nothing else? What was sent or worked on stays."
    ]


def test_a_filtered_list_is_exported_in_3(page: Page, hand: Hand, visit: Visit, tmp_path: Path) -> None:
    make_lead(stage="won", first_name="=1+1", last_name=HOSTILE)
    make_lead()
    visit("/admin/leads/lead/?stage__exact=won")
    hand.press_link(re.compile("Export$"))
    expect(page.get_by_text("those that the list shows with its filters")).to_be_visible()
    hand.press_button("Export")
    expect(page.get_by_text("A worker takes it in a moment.")).to_be_visible()
    work_off()
    with page.expect_download() as download:
        hand.press(page.locator(".lc-primary", has_text="Download"))
    download.value.save_as(tmp_path / "got.csv")
    text = (tmp_path / "got.csv").read_text("utf-8-sig")
    assert text.splitlines()[1].split(",")[1:3] == ["'=1+1", '"""><script>alert(1)</script>"']
    assert (hand.presses, ExportJob.objects.get().done) == (3, 1)


def test_ticked_leads_are_exported_from_the_bar(page: Page, hand: Hand, visit: Visit) -> None:
    make_lead(), make_lead()
    visit("/admin/leads/lead/")
    hand.press(page.locator("#result_list .action-select").first)
    hand.press_button("Export…")
    expect(page.get_by_text("those that you ticked")).to_be_visible()
    assert hand.presses == 2


def pages_of(boss: User, tmp_path: Path) -> list[str]:
    """Each in the states in which most stands on it."""
    ready = checked(uploaded(row(), row(e_mail="x"), name="N" * 150), user=boss)
    odd = checked(uploaded(row(), name="odd.csv"), user=boss)
    export = exports.ask(boss, ExportFormat.CSV, "")
    exports.work_off(export.pk)
    waiting = ImportJob.objects.create(asked_by=boss, state="importing", rows=500, chunks=5, done=2)
    asked = exports.ask(boss, ExportFormat.CSV, "")
    return [
        IMPORTS,
        page_of(ready),
        address_of("leads_importjob_columns", odd.pk),
        page_of(waiting),
        "/admin/leads/exportjob/",
        "/admin/leads/exportjob/add/",
        page_of(export),
        page_of(asked),
    ]


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_leave_nobody_out(
    page: Page, boss: User, visit: Visit, tmp_path: Path, screen: Any, scheme: Any
) -> None:
    make_lead()
    page.set_viewport_size(screen)
    page.emulate_media(color_scheme=scheme)
    for address in pages_of(boss, tmp_path):
        visit(address)
        assert sideways(page) == 0, address
        violations = {found["id"] for found in Axe().run(page).response["violations"]}
        assert violations <= KNOWN_OF_THE_THEME, address
