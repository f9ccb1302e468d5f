"""Proofs are asked for, taken by one worker, and kept; those of a paused destination come by themselves."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone, translation

from integrations.contract import CheckStep, Failure, FailureKind, StepResult
from leads.delivery import gate, proving
from leads.models import Destination, DestinationGate, Proof
from leads.states import ProofKind
from tests.factories import make_destination
from tests.leads.delivery.asked import check_of, test_lead_of, work_off
from tests.leads.delivery.noted import note
from tests.leads.delivery.scripted import YES, FarEnd

MINUTE = timedelta(minutes=1)
WRONG = Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused")
GONE = Failure(kind=FailureKind.MISCONFIGURED, cause="receiver_asks_to_stop", resumes_itself=False)
CHECK, TEST_LEAD = ProofKind.CHECK, ProofKind.TEST_LEAD


def failed() -> list[CheckStep]:
    return [CheckStep("Step", StepResult.FAILED, "as it is")]


def is_paused() -> bool:
    return DestinationGate.objects.get().paused_at is not None


def make_due() -> None:
    DestinationGate.objects.update(next_check_at=Now() - timedelta(seconds=1))


# --- Asked for ------------------------------------------------------------------------------------------------------


def test_what_was_asked_for_is_done_once_and_kept(destination: Destination, far_end: FarEnd) -> None:
    far_end.steps = [CheckStep("Sign-in", StepResult.PASSED), CheckStep("Fields", StepResult.UNPROVEN, "as it is")]
    assert proving.ask(destination.pk, CHECK) is True
    assert check_of(destination).is_under_way
    assert far_end.checks == 0
    assert work_off() == [destination.pk]
    assert work_off() == []
    check = check_of(destination)
    assert check.in_words == [
        {"label": "Sign-in", "result": "passed", "detail": ""},
        {"label": "Fields", "result": "unproven", "detail": "as it is"},
    ]
    assert check.finished_at is not None
    assert (check.asked_at, check.started_at, check.is_under_way, check.has_failed) == (None, None, False, False)
    assert (far_end.checks, far_end.calls) == (1, [])


def test_a_check_and_a_test_lead_are_kept_side_by_side(destination: Destination, far_end: FarEnd) -> None:
    for kind in (CHECK, TEST_LEAD):
        proving.ask(destination.pk, kind)
    work_off()
    assert (far_end.checks, len(far_end.calls)) == (1, 1)
    assert [step["label"] for step in check_of(destination).steps] == ["Sign-in"]
    assert [step["label"] for step in test_lead_of(destination).steps] == ["Test lead"]


def test_asked_for_twice_it_is_done_once(destination: Destination, far_end: FarEnd) -> None:
    assert [proving.ask(destination.pk, TEST_LEAD) for _press in range(2)] == [True, False]
    (proof_id,) = proving.waiting()
    assert [proving.take(proof_id) for _worker in range(2)] == [destination.pk, None]
    assert len(far_end.calls) == 1


def test_while_it_is_under_way_it_is_not_asked_for_again(destination: Destination) -> None:
    proving.ask(destination.pk, TEST_LEAD)
    Proof.objects.update(started_at=Now())
    assert proving.ask(destination.pk, TEST_LEAD) is False
    assert proving.waiting() == []


def test_what_a_worker_took_and_never_ended_can_be_asked_for_again(destination: Destination, far_end: FarEnd) -> None:
    long_ago = timezone.now() - timedelta(minutes=6)
    proving.ask(destination.pk, CHECK)
    Proof.objects.update(asked_at=long_ago, started_at=long_ago)
    proof = check_of(destination)
    assert (proof.is_given_up, proof.is_under_way) == (True, False)
    assert proving.ask(destination.pk, CHECK) is True
    assert work_off() == [destination.pk]
    assert far_end.checks == 1


def test_what_nobody_took_for_long_is_not_sent_by_surprise(destination: Destination, far_end: FarEnd) -> None:
    proving.ask(destination.pk, TEST_LEAD)
    Proof.objects.update(asked_at=timezone.now() - timedelta(minutes=6))
    assert work_off() == []
    assert far_end.calls == []


def test_a_destination_that_is_gone_is_no_trouble(destination: Destination) -> None:
    proving.ask(destination.pk, CHECK)
    (proof_id,) = proving.waiting()
    Destination.objects.all().delete()
    assert proving.take(proof_id) is None


def test_the_steps_are_kept_in_every_language(destination: Destination) -> None:
    with translation.override("ko"):
        proving.prove(destination, TEST_LEAD)
    with translation.override("en"):
        assert test_lead_of(destination).in_words[0]["label"] == "Test lead"
    with translation.override("ko"):
        assert test_lead_of(destination).in_words[0]["label"] == "테스트 리드"


# --- By itself ------------------------------------------------------------------------------------------------------


def test_checks_come_after_five_minutes_then_thirty_then_hourly(destination: Destination, far_end: FarEnd) -> None:
    far_end.steps = failed()
    gate.pause_by_machine(destination.pk, WRONG)
    waits = []
    for checks in range(4):
        next_check_at = DestinationGate.objects.get().next_check_at
        assert next_check_at is not None
        waits.append(round((next_check_at - timezone.now()) / MINUTE))
        assert work_off() == []
        assert far_end.checks == checks
        make_due()
        assert work_off() == [destination.pk]
        assert far_end.checks == checks + 1
    assert waits == [5, 30, 60, 60]
    assert is_paused()


def test_a_good_check_resumes(destination: Destination) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    make_due()
    assert work_off() == [destination.pk]
    assert not is_paused()
    assert work_off() == []


def test_a_destination_that_passes_and_fails_again_is_checked_less_and_less_often(
    destination: Destination, far_end: FarEnd
) -> None:
    """A check that proves too little must not send a lead into the same wall every five minutes."""
    waits = []
    for _round in range(3):
        gate.pause_by_machine(destination.pk, WRONG)
        next_check_at = DestinationGate.objects.get().next_check_at
        assert next_check_at is not None
        waits.append(round((next_check_at - timezone.now()) / MINUTE))
        make_due()
        assert work_off() == [destination.pk]
    assert waits == [5, 30, 60]
    note(destination, YES)
    assert DestinationGate.objects.get().checks_since_pause == 0


@pytest.mark.parametrize("reason", ["by a person", "only a person resumes", "disabled", "open"])
def test_other_destinations_are_left_alone(destination: Destination, far_end: FarEnd, reason: str) -> None:
    if reason == "by a person":
        gate.pause(destination.pk)
    elif reason != "open":
        gate.pause_by_machine(destination.pk, GONE if reason == "only a person resumes" else WRONG)
    Destination.objects.update(enabled=reason != "disabled")
    make_due()
    assert work_off() == []
    assert far_end.checks == 0


def test_a_check_that_another_worker_asked_for_is_not_done_twice(
    destination: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    far_end.steps = failed()
    make_due()
    both_saw = list(DestinationGate.objects.select_related("destination"))
    monkeypatch.setattr(proving, "_due_checks", lambda: both_saw)
    work_off()
    work_off()
    assert far_end.checks == 1


def test_one_destination_that_fails_its_check_does_not_keep_another_paused(
    destination: Destination, far_end: FarEnd
) -> None:
    broken = make_destination("scripted", settings={"required_setting": ""})
    for paused in (broken, destination):
        gate.pause_by_machine(paused.pk, WRONG)
    make_due()
    work_off()
    assert [paused.destination_id for paused in DestinationGate.objects.exclude(paused_at=None)] == [broken.pk]
