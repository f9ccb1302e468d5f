"""Whatever befalls a call: each record has its outcome, which says exactly who must act; and nothing lasts for ever."""

from time import monotonic
from typing import Any

import pytest

from integrations.contract import Arrival, FailureKind, Note, Outcome, StepResult
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.contract.far_side import Action, Expected, FarSide, Fault
from tests.integrations.connectors.contract.far_sides import far_sides_that
from tests.integrations.connectors.contract.people import RECORD, assert_fit_to_be_shown, in_short, some
from tests.integrations.connectors.contract.stimuli import STIMULI
from tests.integrations.records import delivered

batching = far_sides_that(lambda far_side: far_side.most_in_call > 1)
confirming = far_sides_that(lambda far_side: not far_side.page_is_taken)
taking_pages = far_sides_that(lambda far_side: far_side.page_is_taken)
with_body = far_sides_that(lambda far_side: not far_side.answers_without_body)
UNREADABLE = Expected(FailureKind.TEMPORARY, "unreadable_answer", 200)


def met_with(far_side: FarSide, name: str, count: int) -> list[Outcome]:
    """What becomes of records that meet this stimulus."""
    stimulus, records = STIMULI[name], some(count)
    if stimulus.needs_impatience:
        far_side.connector().deliver([RECORD])  # brings the token, with patience
    far_side.meet(stimulus.fault)
    connector, began = far_side.connector(impatient=stimulus.needs_impatience), monotonic()
    outcomes = connector.deliver(records)
    assert not stimulus.needs_impatience or monotonic() - began < 3 * IMPATIENT.total
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    return outcomes


def expected(far_side: FarSide, name: str) -> Expected:
    return far_side.differs.get(name, STIMULI[name].usually)


@pytest.mark.parametrize("name", STIMULI)
def test_a_stimulus_has_exactly_this_outcome(far_side: FarSide, name: str) -> None:
    outcomes = met_with(far_side, name, 1)
    assert in_short(outcomes[0]) == expected(far_side, name)
    assert_fit_to_be_shown(outcomes)


@batching
@pytest.mark.parametrize("name", [name for name, stimulus in STIMULI.items() if not stimulus.needs_impatience])
def test_a_stimulus_has_the_same_outcome_for_each_record_of_a_batch(far_side: FarSide, name: str) -> None:
    outcomes = met_with(far_side, name, 3)
    assert [in_short(outcome) for outcome in outcomes] == [expected(far_side, name)] * 3
    assert_fit_to_be_shown(outcomes)


@with_body
def test_an_answer_that_breaks_off_is_none(far_side: FarSide) -> None:
    far_side.connector().deliver(some(1))
    far_side.meet(Fault(action=Action.CUT_OFF))
    (outcome,) = far_side.connector().deliver([RECORD])
    dropped = expected(far_side, "dropped after")
    assert in_short(outcome) == dropped._replace(cause="answer_cut_off")
    assert len(far_side.records()) == 2


@confirming
@pytest.mark.parametrize("count", [1, 2])
def test_a_page_with_status_200_is_no_delivery(far_side: FarSide, count: int) -> None:
    far_side.connector().deliver([RECORD])
    far_side.meet(Fault(action=Action.PAGE, times=None))
    outcomes = far_side.connector().deliver(some(count))
    assert [in_short(outcome) for outcome in outcomes] == [UNREADABLE] * count
    assert len(far_side.records()) == 1


@taking_pages
def test_a_page_with_status_200_is_never_called_confirmed(far_side: FarSide) -> None:
    far_side.meet(Fault(action=Action.PAGE))
    (outcome,) = far_side.connector().deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.DOUBTFUL
    assert outcome.notes == (Note("no_sign_of_acceptance", {}),)
    assert far_side.records() == []


def test_three_times_503_then_delivered_in_one_call_each(far_side: FarSide) -> None:
    connector = far_side.connector()
    far_side.meet(Fault(action=Action.RESPOND, status=503, times=3))
    tries = [connector.deliver([RECORD])[0] for _ in range(4)]
    assert [in_short(lost) for lost in tries[:3]] == [expected(far_side, "503")] * 3
    assert delivered(tries[3]).arrival is far_side.arrival
    assert len(far_side.writes()) == 4
    assert len(far_side.records()) == 1


@pytest.mark.parametrize("name", ["429", "429 and when", "503 and when"])
def test_once_asked_to_wait_nothing_more_is_sent(far_side: FarSide, name: str) -> None:
    """Also where the records are more than one call takes."""
    connector = far_side.connector()
    far_side.meet(STIMULI[name].fault)
    outcomes = connector.deliver(some(connector.batch_limit))
    assert {in_short(outcome) for outcome in outcomes} == {expected(far_side, name)}
    assert len(far_side.writes()) == 1


@pytest.mark.parametrize("name", ["redirect", "401", "403", "404"])
def test_what_a_person_must_see_to_is_not_tried_for_each_record(far_side: FarSide, name: str) -> None:
    connector = far_side.connector()
    far_side.meet(STIMULI[name].fault)
    connector.deliver(some(connector.batch_limit))
    assert len(far_side.writes()) == (2 if name == "401" and far_side.has_tokens else 1)


def test_a_redirect_is_not_followed(far_side: FarSide) -> None:
    connector = far_side.connector()
    connector.deliver(some(1))
    before = far_side.calls()
    far_side.meet(Fault(action=Action.REDIRECT))
    (outcome,) = connector.deliver([RECORD])
    assert in_short(outcome) == expected(far_side, "redirect")
    assert far_side.calls() == before + 1


def test_a_host_that_is_away_had_nothing(far_side: FarSide, closed_port: str) -> None:
    outcomes = far_side.connector(at=closed_port).deliver(some(2))
    assert [in_short(outcome) for outcome in outcomes] == [Expected(FailureKind.TEMPORARY, "cannot_connect")] * 2


def test_an_address_inside_is_not_dialled(far_side: FarSide, dialled: list[tuple[str, int]], settings: Any) -> None:
    settings.LEADCRM_ALLOWED_PRIVATE_NETWORKS = ()
    connector = far_side.connector()
    outcomes = connector.deliver(some(2))
    blocked = Expected(FailureKind.MISCONFIGURED, "address_not_public")
    assert [in_short(outcome) for outcome in outcomes] == [blocked] * 2
    assert StepResult.FAILED in {step.result for step in connector.check().steps}
    assert dialled == []
    assert far_side.calls() == 0
