from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from leads.delivery.resend_jobs import PERMISSIONS, work_off
from leads.models import Delivery, Destination, ResendJob
from leads.models.resend_job import ResendKind, ResendState
from leads.states import DeliveryState
from tests.factories import NOON, make_delivery, make_destination, make_offer, make_resend_job, make_route, make_touch

pytestmark = pytest.mark.django_db

JOBS = "/api/v1/resend-jobs"
FAILED, DELIVERED, QUEUED = DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.QUEUED


@pytest.fixture
def crm() -> Destination:
    settings = {"url": "https://crm.example.com/leads", "method": "POST", "body_shape": "documented"}
    return make_destination(settings=settings | {"sign_in": "none", "signed": False, "recognises_repeats": True})


def ask(client: Client, **wanted: Any) -> Any:
    return client.post(JOBS, wanted, content_type="application/json")


def shown(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


def complaints(answer: Any) -> dict[str, str]:
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:leadcrm:problem:invalid-input")
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


def test_a_job_is_asked_for_and_followed(
    ops: Client, crm: Destination, hinted: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    make_delivery(crm, state=FAILED, reason="conflict")
    make_delivery(crm, state=FAILED, reason="may_have_arrived")
    offer = make_offer()
    make_delivery(crm, make_touch(offer=offer), state=FAILED)
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(ops, kind="failed", destination=crm.pk)
    job = ResendJob.objects.get()
    expected = {
        "id": job.pk,
        "kind": "failed",
        "destination": crm.pk,
        "states": ["failed"],
        "reason": "",
        "offer": None,
        "since": None,
        "until": shown(job.until),
        "may_make_doubles": False,
        "state": "waiting",
        "found": None,
        "moved": 0,
        "skipped": [],
        "asked_by": answer.wsgi_request.user.get_username() or None,
        "asked_at": shown(job.asked_at),
        "started_at": None,
        "finished_at": None,
    }
    assert answer.status_code == 202
    assert job.asked_by is not None
    assert answer.json() == expected | {"asked_by": job.asked_by.username}
    assert hinted == ["continue_resend_jobs"]
    work_off(job.pk)
    job.refresh_from_db()
    assert ops.get(f"{JOBS}/{job.pk}").json() == expected | {
        "asked_by": job.asked_by.username,
        "state": "done",
        "found": 3,
        "moved": 2,
        "skipped": [{"reason": "may_have_arrived", "count": 1}],
        "started_at": shown(job.started_at),
        "finished_at": shown(job.finished_at),
    }


def test_a_dry_run_says_how_many_and_how_long_and_changes_nothing(ops: Client, crm: Destination) -> None:
    for reason in ("conflict", "may_have_arrived"):
        make_delivery(crm, state=FAILED, reason=reason)
    answer = ask(ops, kind="failed", dry_run=True)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "found": 1,
            "is_exact": True,
            "left_out": 1,
            "takes": "not known: nothing arrived there lately by which to tell",
        },
    )
    assert not ResendJob.objects.exists()


def test_the_filter_is_the_one_that_was_given(ops: Client, crm: Destination) -> None:
    offer = make_offer()
    wanted = {"destination": crm.pk, "reason": "conflict", "offer": offer.pk, "states": ["cancelled", "queued"]}
    answer = ask(ops, kind="failed", since="2026-03-01T09:00:00+09:00", until="2026-03-02T00:00:00Z", **wanted)
    assert answer.status_code == 202
    given = {name: answer.json()[name] for name in (*wanted, "since", "until")}
    assert given == wanted | {"since": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}


def test_delivered_ones_go_once_more(ops: Client, crm: Destination) -> None:
    delivery = make_delivery(crm, state=DELIVERED)
    since = shown(timezone.now() - timedelta(hours=1))
    answer = ask(ops, kind="delivered", destination=crm.pk, since=since)
    work_off(answer.json()["id"])
    delivery.refresh_from_db()
    assert delivery.state == QUEUED


def test_leads_that_never_went_there_go(ops: Client, crm: Destination) -> None:
    make_route(crm)
    make_touch()
    work_off(ask(ops, kind="missing", destination=crm.pk).json()["id"])
    assert Delivery.objects.get().state == QUEUED


def test_what_may_be_there_twice_has_to_be_confirmed(ops: Client) -> None:
    forgetful = make_destination()  # whose settings are not complete: in doubt it does not recognise repeats
    make_delivery(forgetful, state=FAILED, reason="may_have_arrived")
    for wanted in (
        {"kind": "failed", "reason": "may_have_arrived"},
        {"kind": "delivered", "destination": forgetful.pk, "since": "2026-03-01T00:00:00Z"},
    ):
        text = "Records over there may come to be there twice: set this to true if that is meant."
        assert complaints(ask(ops, **wanted)) == {"#/may_make_doubles": text}
        assert ask(ops, **wanted, dry_run=True).status_code == 200
        assert ask(ops, **wanted, may_make_doubles=True).json()["may_make_doubles"] is True
    assert ResendJob.objects.count() == 2


@pytest.mark.parametrize(
    ("wanted", "pointers"),
    [
        ({}, {"#/kind"}),
        ({"kind": "withheld"}, {"#/kind"}),
        ({"kind": "delivered"}, {"#/destination", "#/since"}),
        ({"kind": "missing", "destination": 4711}, {"#/destination"}),
        ({"kind": "failed", "states": ["sending"]}, {"#/states/0"}),
        ({"kind": "failed", "states": []}, {"#/states"}),
        ({"kind": "missing", "destination": "crm", "states": ["failed"]}, {"#/states"}),
        ({"kind": "failed", "since": "yesterday"}, {"#/since"}),
        ({"kind": "failed", "since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, {"#/until"}),
        ({"kind": "failed", "priority": 0}, {"#/priority"}),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    ops: Client, crm: Destination, wanted: dict[str, Any], pointers: set[str]
) -> None:
    wanted = {name: crm.pk if value == "crm" else value for name, value in wanted.items()}
    assert complaints(ask(ops, **wanted)).keys() == pointers
    assert not ResendJob.objects.exists()


def test_one_replay_of_delivered_ones_at_a_time(ops: Client, crm: Destination) -> None:
    make_resend_job(crm, kind="delivered", states=["delivered"])
    answer = ask(ops, kind="delivered", destination=crm.pk, since="2026-03-01T00:00:00Z")
    text = "What was delivered there is being sent once more already. Wait until that is done, or cancel it."
    assert complaints(answer) == {"#/destination": text}


def test_delivered_ones_need_a_permission_of_their_own(
    ops: Client, crm: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PERMISSIONS, ResendKind.DELIVERED, ("leads.delete_destination",))
    answer = ask(ops, kind="delivered", destination=crm.pk, since="2026-03-01T00:00:00Z", dry_run=True)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Your account needs the permission leads.delete_destination."
    assert ask(ops, kind="failed").status_code == 202


def test_a_job_is_stopped_once(ops: Client, crm: Destination) -> None:
    job = make_resend_job(crm)
    first, second = (ops.post(f"{JOBS}/{job.pk}/cancel") for _n in range(2))
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert second.status_code == 409
    assert second.json()["detail"] == "This replay ended already: it is “cancelled”."


def test_the_list_is_filtered_by_state_and_destination(ops: Client, crm: Destination) -> None:
    waiting = make_resend_job(crm)
    done = make_resend_job(state=ResendState.DONE, finished_at=NOON)

    def found(query: str = "") -> list[int]:
        return [job["id"] for job in ops.get(f"{JOBS}{query}").json()["results"]]

    assert found() == [done.pk, waiting.pk]
    assert found("?state__in=waiting,running") == [waiting.pk]
    assert found(f"?destination={crm.pk}") == [waiting.pk]


def test_the_list_takes_no_more_queries_for_more_jobs(
    ops: Client, crm: Destination, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_resend_job(crm)
    ops.get(JOBS)
    with django_assert_num_queries(5) as few:
        ops.get(JOBS)
    for _n in range(3):
        make_resend_job(make_destination())
    with django_assert_num_queries(len(few.captured_queries)):
        ops.get(JOBS)
