"""``erase_person`` and ``purge``: what is kept, what goes, and what programs are told."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from leads import hints
from leads.models import Lead, PrivacyRequest, PurgeRun, ResendJob
from leads.models.resend_job import ResendState
from leads.states import DeliveryState
from tests.factories import make_delivery, make_destination, make_lead, make_resend_job, make_touch

pytestmark = pytest.mark.django_db

ADDRESS = "mina@fabrikam.example"


@pytest.fixture(autouse=True)
def hinted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(hints, "send", lambda task: names.append(task.name.rpartition(".")[2]))
    return names


@pytest.fixture
def lead() -> Lead:
    lead = make_lead(email_key=ADDRESS)
    make_delivery(make_destination(name="CRM"), make_touch(lead), state=DeliveryState.DELIVERED, external_id="00Q1")
    return lead


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def name_of(lead: Lead) -> str:
    return Lead.objects.get(pk=lead.pk).first_name


def test_a_person_is_erased_after_yes(lead: Lead, hinted: list[str]) -> None:
    said = run("erase_person", "Mina@fabrikam.example", "--yes")
    assert "       1  Leads\n" in said
    assert "To have erased at CRM: 00Q1" in said
    asked = PrivacyRequest.objects.get()
    assert (name_of(lead), asked.looks, asked.made_by) == ("", 1, None)
    assert hinted == ["continue_erasing"]


def test_a_dry_run_erases_nothing(lead: Lead) -> None:
    assert "       1  Touches\n" in run("erase_person", ADDRESS, "--dry-run")
    assert name_of(lead) == "Mina"
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize(("typed", "name"), [(ADDRESS, ""), ("yes", "Mina"), ("", "Mina")])
def test_it_asks_for_the_address(lead: Lead, monkeypatch: pytest.MonkeyPatch, typed: str, name: str) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: typed)
    if name:
        with pytest.raises(SystemExit) as ended:
            run("erase_person", ADDRESS)
        assert ended.value.code == 1
    else:
        run("erase_person", ADDRESS)
    assert name_of(lead) == name


def test_it_answers_in_json(lead: Lead) -> None:
    answer = json.loads(run("erase_person", ADDRESS, "--json"))
    kept = {"leads": 1, "deliveries": 1, "touches": 1, "bodies": 1}
    assert answer == {"kept": kept, "dry_run": False, "request": PrivacyRequest.objects.get().pk}


def test_somebody_of_whom_nothing_is_kept_is_no_error() -> None:
    assert run("erase_person", ADDRESS, "--yes") == f"Nothing is kept about {ADDRESS}.\n"
    assert not PrivacyRequest.objects.exists()


def test_what_is_no_address_is_wrong_usage() -> None:
    with pytest.raises(CommandError, match="“Mina” is no e-mail address") as ended:
        run("erase_person", "Mina")
    assert ended.value.returncode == 2


def test_what_was_kept_long_enough_goes_now() -> None:
    make_resend_job(state=ResendState.DONE, finished_at=timezone.now() - timedelta(days=400))
    assert run("purge", "--dry-run") == "       1  Finished jobs\n"
    assert ResendJob.objects.count() == 1
    assert run("purge") == "       1  Finished jobs\n"
    assert not ResendJob.objects.exists()
    assert PurgeRun.objects.get().finished_at is not None
    assert run("purge") == "Nothing is older than it may be.\n"


def test_purge_answers_in_json() -> None:
    make_resend_job(state=ResendState.DONE, finished_at=timezone.now() - timedelta(days=400))
    dry = json.loads(run("purge", "--dry-run", "--json"))
    assert dry == {
        "counts": {"bodies": 0, "exchanges": 0, "notices": 0, "jobs": 1, "sign_ins": 0},
        "dry_run": True,
    }
    assert json.loads(run("purge", "--json")) == {"counts": {"jobs": 1}, "dry_run": False}
