"""Imports for programs: upload, look, start, take back."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from leads.models import ImportJob, Lead
from leads.roles import SALES_LEAD
from tests.factories import make_user
from tests.leads.api.v1.conftest import ClientFor
from tests.leads.importing.files import row, text_of, worked_off

pytestmark = pytest.mark.django_db

IMPORTS = "/api/v1/imports"


@pytest.fixture
def boss(db: None) -> User:
    return make_user(SALES_LEAD)


@pytest.fixture
def client(client_for: ClientFor, boss: User) -> Client:
    return client_for(boss)


def upload(client: Client, text: str | bytes, kind: str = "text/csv") -> Any:
    return client.post(IMPORTS, text.encode() if isinstance(text, str) else text, content_type=kind)


def test_a_file_is_uploaded_checked_started_and_taken_back(
    client: Client, boss: User, hinted: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(client, text_of(row(), row(referral_id="r-2", e_mail="mina")))
    assert (answer.status_code, answer.json()["state"], hinted) == (202, "checking", ["continue_imports"])
    job = ImportJob.objects.get()
    assert job.asked_by == boss
    worked_off(job)
    address = f"{IMPORTS}/{job.pk}"
    shown = client.get(address).json()
    assert shown["checked"] == {"new": 1, "joins": 0, "known": 0, "faulty": 1}
    assert shown["problems"] == [
        {
            "row": 3,
            "column": "E-mail",
            "code": "no_address",
            "detail": "This is no e-mail address. Write one such as mina@fabrikam.example, or leave it empty.",
        }
    ]
    started = client.post(f"{address}/start", {"gives_owners": False}, content_type="application/json")
    assert (started.status_code, started.json()["state"], started.json()["gives_owners"]) == (202, "importing", False)
    worked_off(job)
    assert client.get(address).json()["result"] == {"leads": 1, "touches": 1, "removed": 0}
    assert client.post(f"{address}/revert").status_code == 202
    worked_off(job)
    assert (client.get(address).json()["state"], Lead.objects.count()) == ("reverted", 0)


def test_columns_that_are_not_known_stay_beside_the_lead(client: Client) -> None:
    assert upload(client, "E-mail,Shoe size\nmina@x.example,38\n").json()["state"] == "checking"


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "It is empty. Export it again."),
        (b"PK\x03\x04", "It is an Excel workbook, not a CSV file. Save it as “CSV UTF-8” and upload that."),
        (
            b"A,B\n1,2\n",
            "None of its columns is known as an e-mail, phone, company or name. Name the columns so, or upload it in "
            "the admin, where you can say what they hold.",
        ),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_in_words(client: Client, content: bytes, detail: str) -> None:
    answer = upload(client, content)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:leadcrm:problem:unreadable-body")
    assert answer.json()["detail"] == detail
    assert not ImportJob.objects.exists()


def test_only_csv_is_taken_there(client: Client) -> None:
    assert upload(client, "{}", "application/json").status_code == 415


def test_what_the_state_does_not_allow_is_refused(client: Client) -> None:
    upload(client, text_of(row()))
    job = worked_off(ImportJob.objects.get())
    assert client.post(f"{IMPORTS}/{job.pk}/discard").status_code == 202
    answer = client.post(f"{IMPORTS}/{job.pk}/start", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "The state of this import does not allow it: it is “discarded”.",
    )
