import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Delivery, Destination, ResendJob
from leads.states import DeliveryState, Priority
from tests.factories import NOON, make_delivery, make_destination
from tests.leads.commands.conftest import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm() -> Destination:
    return make_destination(name="CRM")


def failed(destination: Destination, reason: str = "server_trouble", **values: Any) -> Delivery:
    return make_delivery(destination, state=DeliveryState.FAILED, reason=reason, tries=12, **values)


def made_ago(delivery: Delivery, **ago: int) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(created_at=timezone.now() - timedelta(**ago))
    return delivery


def is_queued(delivery: Delivery) -> bool:
    delivery.refresh_from_db()
    return delivery.state == DeliveryState.QUEUED


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    def answer(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return answer


def test_failed_ones_get_a_full_schedule_again_and_the_workers_are_woken(
    run: Run, crm: Destination, hinted: list[str]
) -> None:
    delivery = failed(crm)
    ran = run("retry_deliveries", "--yes")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.tries) == (DeliveryState.QUEUED, "", 0)
    assert delivery.priority == Priority.RESEND
    assert hinted == ["dispatch_due_deliveries"]
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "       1  CRM  server_trouble: The receiving system has trouble of its own.\n"
        "1 delivery fits.\n"
        "How long it takes: not known: nothing arrived there lately by which to tell.\n"
        "1 delivery is queued.\n"
    )


@pytest.mark.parametrize("state", [state for state in DeliveryState if state != DeliveryState.FAILED])
def test_other_states_are_left_alone(run: Run, crm: Destination, state: DeliveryState) -> None:
    delivery = make_delivery(crm, state=state)
    assert run("retry_deliveries", "--json").json["retried"] == 0
    delivery.refresh_from_db()
    assert delivery.state == state


def test_cancelled_ones_have_to_be_asked_for(run: Run, crm: Destination) -> None:
    cancelled, fail = make_delivery(crm, state=DeliveryState.CANCELLED), failed(crm)
    assert run("retry_deliveries", "--state", "cancelled", "--yes").code == 0
    assert (is_queued(cancelled), is_queued(fail)) == (True, False)


def test_it_asks_first_and_no_means_no(run: Run, crm: Destination, answer: Any, hinted: list[str]) -> None:
    delivery = failed(crm)
    answer("n\n")
    ran = run("retry_deliveries")
    assert (ran.code, is_queued(delivery), hinted) == (1, False, [])
    assert ran.out.endswith("Send them again? [y/N] Nothing was changed.\n")
    answer("y\n")
    assert run("retry_deliveries").code == 0
    assert is_queued(delivery)


def test_where_nobody_answers_nothing_changes_and_the_option_is_named(run: Run, crm: Destination, answer: Any) -> None:
    delivery = failed(crm)
    answer("")
    ran = run("retry_deliveries")
    assert (ran.code, is_queued(delivery)) == (1, False)
    assert "Nobody answers: give --yes." in ran.out


def test_a_dry_run_counts_and_changes_nothing(run: Run, crm: Destination, hinted: list[str]) -> None:
    delivery = failed(crm)
    ran = run("retry_deliveries", "--dry-run")
    assert (ran.code, is_queued(delivery), hinted) == (0, False, [])
    assert "1 delivery fits.\n" in ran.out
    assert not ResendJob.objects.exists()


def test_what_is_chosen_can_be_narrowed_by_destination_and_reason(run: Run, crm: Destination) -> None:
    other = make_destination(name="Other")
    wanted, wrong_reason, wrong_place = failed(crm, "conflict"), failed(crm), failed(other, "conflict")
    ran = run("retry_deliveries", "--destination", "CRM", "--reason", "conflict", "--yes")
    assert ran.code == 0
    assert [is_queued(delivery) for delivery in (wanted, wrong_reason, wrong_place)] == [True, False, False]


def test_what_is_chosen_can_be_narrowed_by_time(run: Run, crm: Destination) -> None:
    days = [made_ago(failed(crm), days=days, minutes=1) for days in (0, 1, 2, 3)]
    assert run("retry_deliveries", "--since", "3d", "--until", "1d", "--yes").code == 0
    assert [is_queued(delivery) for delivery in days] == [False, True, True, False]


def test_for_programs_it_answers_in_json_and_never_asks(run: Run, crm: Destination) -> None:
    paused = make_destination(name="Paused", gate={"paused_at": NOON, "paused_by": "person"})
    for destination, reason in ((crm, "conflict"), (crm, "conflict"), (paused, "server_trouble")):
        failed(destination, reason)
    ran = run("retry_deliveries", "--json")
    assert ran.code == 0
    assert ran.json == {
        "found": 3,
        "groups": [
            {"destination": "CRM", "reason": "conflict", "deliveries": 2, "is_waiting": False},
            {"destination": "Paused", "reason": "server_trouble", "deliveries": 1, "is_waiting": True},
        ],
        "is_exact": True,
        "left_out": 0,
        "takes": "not known: nothing arrived there lately by which to tell",
        "retried": 3,
        "skipped": {},
        "job": ResendJob.objects.get().pk,
        "state": "done",
        "dry_run": False,
    }


def test_what_may_have_arrived_is_sent_only_when_its_reason_is_named(run: Run, crm: Destination) -> None:
    doubtful, clear = failed(crm, "may_have_arrived"), failed(crm)
    ran = run("retry_deliveries", "--yes")
    assert (is_queued(doubtful), is_queued(clear)) == (False, True)
    assert "Left out: 1 that may have arrived already; look over there, then give --reason may_have_arrived." in ran.out
    refused = run("retry_deliveries", "--reason", "may_have_arrived", "--json")
    assert (refused.code, refused.err) == (
        2,
        "Records over there may come to be there twice: give --yes if that is meant.",
    )
    assert not is_queued(doubtful)
    assert run("retry_deliveries", "--reason", "may_have_arrived", "--yes").code == 0
    assert is_queued(doubtful)


def test_before_records_may_come_to_be_there_twice_it_says_so(run: Run, crm: Destination, answer: Any) -> None:
    doubtful = failed(crm, "may_have_arrived")
    answer("y\n")
    ran = run("retry_deliveries", "--reason", "may_have_arrived")
    assert "The other system does not recognise repeats: records may come to be there twice." in ran.out
    assert is_queued(doubtful)


def test_a_disabled_or_paused_destination_is_pointed_out(run: Run) -> None:
    failed(make_destination(name="Off", enabled=False))
    assert "(waits: the destination is paused or disabled)" in run("retry_deliveries", "--dry-run").out


def test_nothing_to_do_is_good(run: Run, hinted: list[str]) -> None:
    ran = run("retry_deliveries")
    assert (ran.code, ran.out, hinted) == (0, "0 deliveries fit.\n", [])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--destination", "CRN"], "There is no destination “CRN”. These there are: CRM"),
        (["--since", "yesterday"], "--since: “yesterday” is no moment: give one such as 2h, 3d, "),
        (["--until", "2026-13-01"], "--until: “2026-13-01” is no moment: "),
        (["--reason", "bad_luck"], "There is no reason “bad_luck”. These there are:\n  access_refused "),
    ],
)
def test_wrong_usage_is_one_line_that_names_what_there_is(
    run: Run, crm: Destination, words: list[str], complaint: str
) -> None:
    delivery = failed(crm)
    ran = run("retry_deliveries", "--yes", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(complaint)
    assert not is_queued(delivery)


def test_a_database_without_tables_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Delivery._meta, "db_table", "leads_nothing")
    ran = run("retry_deliveries")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("The database does not do what was asked (")
    assert ran.err.endswith("Check DATABASE_URL, then run “manage.py release”.")
