"""``export_leads``: what a user sees, on the standard output."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from leads.exporting import columns
from leads.models import ExportJob
from leads.roles import SALES, SALES_LEAD
from tests.factories import make_lead, make_team, make_user, make_view
from tests.leads.commands.conftest import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return make_user(SALES_LEAD, username="boss")


def names_in(out: str) -> list[str]:
    return [row["First name"] for row in csv.DictReader(io.StringIO(out.removeprefix("\ufeff"), newline=""))]


def test_it_streams_what_the_user_sees(run: Run, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "PAGE", 2)
    ines = make_user(SALES)
    make_team(boss), make_team(ines)
    for number in range(5):
        make_lead(first_name=f"={number}", owner=boss)
    make_lead(first_name="Theirs", owner=ines)
    ran = run("export_leads", "--user", "boss")
    assert (ran.code, ran.err) == (0, "")
    assert names_in(ran.out) == [f"'={number}" for number in range(5)]
    job = ExportJob.objects.get()
    assert (job.asked_by, job.done, job.state, LogEntry.objects.count()) == (boss, 5, "done", 1)


def test_a_saved_view_or_the_filters_of_an_address_choose(run: Run, boss: User) -> None:
    make_lead(first_name="Won", stage="won"), make_lead(first_name="New")
    make_view(boss, "stage__exact=won", name="Won ones")
    assert names_in(run("export_leads", "--user", "boss", "--view", "Won ones").out) == ["Won"]
    assert names_in(run("export_leads", "--user", "boss", "--query", "?stage__exact=new").out) == ["New"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--user", "nobody"], "There is no active user “nobody”."),
        (
            ["--user", "tom"],
            "The user “tom” may not export leads: the permission leads.export_lead is missing.",
        ),
        (["--user", "boss", "--view", "X"], "The user has no saved view “X”. These there are: –"),
        (["--user", "boss", "--query", "owner=x"], "The filter is no longer understood. Filter the list anew."),
    ],
)
def test_what_is_wrong_is_said(run: Run, boss: User, words: list[str], complaint: str) -> None:
    make_user(SALES, username="tom")
    ran = run("export_leads", *words)
    assert (ran.code, ran.err, ran.out) == (2, complaint, "")
