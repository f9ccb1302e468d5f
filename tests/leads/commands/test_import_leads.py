"""``import_leads``: the dry run, the question, the import."""

from pathlib import Path

import pytest

from leads.models import Delivery, ImportJob, Lead
from leads.models.import_job import ImportState
from tests.factories import make_destination, make_route
from tests.leads.commands.conftest import Run
from tests.leads.importing.files import row, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "leads.csv"
    path.write_text(text_of(row(), row(referral_id="r-2", e_mail="mina")))
    return str(path)


def test_a_dry_run_shows_what_would_become_of_the_rows(run: Run, file: str) -> None:
    ran = run("import_leads", file, "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "       1  New lead",
        "       0  Another touch of a known lead",
        "       0  Known already",
        "       1  With errors",
        "leads.csv, row 3: E-mail: This is no e-mail address. "
        "Write one such as mina@fabrikam.example, or leave it empty.",
    ]
    assert not Lead.objects.exists()
    assert ImportJob.objects.get().state == ImportState.DISCARDED


def test_it_imports_and_leaves_the_rest_to_the_workers(run: Run, file: str, hinted: list[str]) -> None:
    make_route(make_destination())
    ran = run("import_leads", file, "--yes")
    number = ImportJob.objects.get().pk
    assert ran.out.splitlines()[-1] == f"Imported as number {number}. New leads: 1, touches: 1."
    assert (Lead.objects.get().needs_assignment, Delivery.objects.count()) == (True, 0)
    assert hinted == ["assign_leads", "dispatch_due_deliveries"]
    again = run("import_leads", file, "--json")
    assert again.json["checked"] == {"known": 1, "faulty": 1}


def test_it_forwards_and_gives_to_nobody_where_that_was_said(run: Run, file: str) -> None:
    make_route(make_destination())
    run("import_leads", file, "--yes", "--forward", "--no-owners")
    assert (Lead.objects.get().needs_assignment, Delivery.objects.count()) == (False, 1)


@pytest.mark.parametrize(("typed", "code", "leads"), [("y", 0, 1), ("n", 1, 0), (None, 1, 0)])
def test_it_asks_first(
    run: Run, file: str, monkeypatch: pytest.MonkeyPatch, typed: str | None, code: int, leads: int
) -> None:
    def answered() -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr("builtins.input", answered)
    assert run("import_leads", file).code == code
    assert Lead.objects.count() == leads


def test_what_is_no_file_is_said(run: Run, tmp_path: Path) -> None:
    missing = run("import_leads", str(tmp_path / "none.csv"))
    assert (missing.code, missing.err) == (2, f"{tmp_path}/none.csv cannot be read: No such file or directory")
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04")
    ran = run("import_leads", str(tmp_path / "a.csv"))
    assert (ran.code, ran.err) == (
        2,
        "a.csv: It is an Excel workbook, not a CSV file. Save it as “CSV UTF-8” and upload that.",
    )
