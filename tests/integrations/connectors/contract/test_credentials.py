"""Sign-in, tokens and permission."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integrations.connectors.contract.far_side import FarSide
from tests.integrations.connectors.contract.far_sides import far_sides_that
from tests.integrations.connectors.contract.people import RECORD, assert_fit_to_be_shown, in_short, some
from tests.integrations.connectors.contract.stimuli import STIMULI
from tests.integrations.records import delivered, failure_of

batching = far_sides_that(lambda far_side: far_side.most_in_call > 1)
with_tokens = far_sides_that(lambda far_side: far_side.has_tokens)


def test_wrong_credentials_stop_the_destination_after_one_call(far_side: FarSide) -> None:
    connector = far_side.connector(**far_side.wrong_credentials)
    outcomes = connector.deliver(some(min(3, connector.batch_limit)))
    assert {in_short(outcome) for outcome in outcomes} == {far_side.refuses_credentials}
    assert {failure_of(outcome).resumes_itself for outcome in outcomes} == {not far_side.is_resumed_by_hand}
    assert_fit_to_be_shown(outcomes)
    assert far_side.calls() == 1
    assert far_side.records() == []


def test_corrected_credentials_count_at_once(far_side: FarSide) -> None:
    wrong, right = far_side.connector(**far_side.wrong_credentials), far_side.connector()
    wrong.deliver([RECORD])
    assert delivered(right.deliver([RECORD])[0]).arrival is far_side.arrival
    assert in_short(wrong.deliver(some(1))[0]) == far_side.refuses_credentials
    assert len(far_side.records()) == 1


@with_tokens
@pytest.mark.parametrize("count", [1, 2])
def test_a_token_that_ends_between_two_leads_costs_one_token_call(far_side: FarSide, count: int) -> None:
    connector = far_side.connector()
    first, *others = some(1 + count)
    connector.deliver([first])
    far_side.end_tokens()
    outcomes = connector.deliver(others)
    assert {delivered(outcome).arrival for outcome in outcomes} == {far_side.arrival}
    assert far_side.token_calls() == 2
    assert len(far_side.writes()) == 3  # the one in the middle was refused
    assert len(far_side.records()) == 1 + count


@with_tokens
def test_fifty_leads_at_once_ask_for_one_token(far_side: FarSide) -> None:
    """Also where several destinations open the same system."""
    connectors = [far_side.connector() for _ in range(5)]
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda n, record: connectors[n % 5].deliver([record])[0], range(50), some(50)))
    assert {delivered(outcome).arrival for outcome in outcomes} == {far_side.arrival}
    assert far_side.token_calls() == 1
    assert len(far_side.records()) == 50


@with_tokens
def test_a_token_that_is_refused_again_is_a_matter_of_the_settings(far_side: FarSide) -> None:
    connector = far_side.connector()
    connector.deliver(some(1))
    far_side.meet(STIMULI["401"].fault)
    (outcome,) = connector.deliver([RECORD])
    assert in_short(outcome) == far_side.differs["401"]
    assert far_side.token_calls() == 2


def test_without_permission_the_destination_stops(far_side: FarSide) -> None:
    far_side.withhold_permission()
    (outcome,) = far_side.connector().deliver([RECORD])
    assert in_short(outcome) == far_side.refuses_permission
    assert_fit_to_be_shown([outcome])
    assert far_side.records() == []


@batching
def test_without_permission_each_record_of_a_batch_is_told_the_same(far_side: FarSide) -> None:
    far_side.withhold_permission()
    outcomes = far_side.connector().deliver(some(2))
    assert [in_short(outcome)[:2] for outcome in outcomes] == [far_side.refuses_permission[:2]] * 2
    assert far_side.records() == []


@far_sides_that(lambda far_side: far_side.refuses_field is not None)
@pytest.mark.parametrize("count", [1, 2])
def test_a_mapped_field_that_does_not_exist_stops_the_destination(far_side: FarSide, count: int) -> None:
    outcomes = far_side.connector(fields=far_side.with_unknown_field()).deliver(some(count))
    assert far_side.refuses_field is not None
    assert {in_short(outcome)[:2] for outcome in outcomes} == {far_side.refuses_field[:2]}
    assert {"nobody_knows_this" in failure_of(outcome).params.values() for outcome in outcomes} == {True}
    assert_fit_to_be_shown(outcomes)
    assert far_side.records() == []
