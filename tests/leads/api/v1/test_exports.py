"""Exports for programs: ask, look, fetch."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.exporting import jobs
from leads.models import ExportJob
from leads.roles import OWNER, SALES_LEAD
from tests.factories import make_lead, make_user
from tests.leads.api.v1.conftest import ClientFor
from tests.leads.exporting.written import worked_off

pytestmark = pytest.mark.django_db

EXPORTS = "/api/v1/exports"


@pytest.fixture(autouse=True)
def export_dir(tmp_path: Path, settings: Any) -> Path:
    settings.LEADCRM_EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def boss(db: None) -> User:
    return make_user(SALES_LEAD)


@pytest.fixture
def client(client_for: ClientFor, boss: User) -> Client:
    return client_for(boss)


def ask(client: Client, **wanted: Any) -> Any:
    return client.post(EXPORTS, wanted, content_type="application/json")


def test_an_export_is_asked_for_followed_and_fetched(client: Client) -> None:
    make_lead(first_name="Won", stage="won"), make_lead()
    answer = ask(client, query="stage__exact=won")
    assert (answer.status_code, answer.json()["state"], answer.json()["format"]) == (202, "waiting", "csv")
    job = ExportJob.objects.get()
    file = f"{EXPORTS}/{job.pk}/file"
    refused = client.get(file)
    assert (refused.status_code, refused.json()["detail"]) == (409, "It has no file to fetch: it is “waiting”.")
    worked_off(job)
    shown = client.get(f"{EXPORTS}/{job.pk}").json()
    assert (shown["state"], shown["found"], shown["done"], shown["fault"]) == ("done", 1, 1, "")
    for accepted in ("text/csv", "*/*", "application/json"):
        fetched = client.get(file, headers={"Accept": accepted})
        assert (fetched.status_code, fetched.headers["Content-Type"]) == (200, "text/csv")
        assert b"Won,Park" in b"".join(fetched.streaming_content)  # type: ignore[attr-defined]


def test_a_filter_that_is_none_is_refused(client: Client) -> None:
    answer = ask(client, query="owner=x")
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        [
            {
                "pointer": "#/query",
                "code": "invalid",
                "detail": "The filter is no longer understood. Filter the list anew.",
            }
        ],
    )


def test_nobody_sees_those_of_others(client: Client, client_for: ClientFor) -> None:
    ask(client)
    other = client_for(make_user(OWNER))
    job = ExportJob.objects.get()
    assert other.get(EXPORTS).json()["results"] == []
    assert [one["id"] for one in client.get(EXPORTS).json()["results"]] == [job.pk]
    for address in ("", "/file"):
        assert other.get(f"{EXPORTS}/{job.pk}{address}").status_code == 404


def test_it_is_stopped_once(client: Client) -> None:
    ask(client)
    job = ExportJob.objects.get()
    assert client.post(f"{EXPORTS}/{job.pk}/cancel").json()["state"] == "cancelled"
    assert client.post(f"{EXPORTS}/{job.pk}/cancel").status_code == 409


def test_too_many_at_once_are_refused(client: Client) -> None:
    statuses = [ask(client).status_code for _number in range(jobs.MOST_OPEN + 1)]
    assert statuses == [202] * jobs.MOST_OPEN + [409]
