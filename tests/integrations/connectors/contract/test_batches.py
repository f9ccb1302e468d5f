"""Many leads: as few calls as the batch limit allows, and a bad one fails alone."""

from itertools import batched
from math import ceil

from integrations.contract import Delivered, Failure
from tests.integrations.connectors.contract.far_side import FarSide
from tests.integrations.connectors.contract.far_sides import far_sides_that
from tests.integrations.connectors.contract.people import assert_fit_to_be_shown, in_short, some

refusing = far_sides_that(lambda far_side: far_side.refuses_record is not None)
batching = far_sides_that(lambda far_side: far_side.most_in_call > 1)


@refusing
def test_one_bad_lead_among_good_ones_is_refused_alone(far_side: FarSide) -> None:
    bad, *good = some(4)
    outcomes = far_side.connector().deliver([far_side.refused(bad), *good])
    assert far_side.refuses_record is not None
    assert [outcome.key for outcome in outcomes] == [bad.key, *(record.key for record in good)]
    assert in_short(outcomes[0])[:2] == far_side.refuses_record[:2]
    assert [isinstance(outcome.result, Failure) for outcome in outcomes] == [True, False, False, False]
    assert_fit_to_be_shown(outcomes)
    assert len(far_side.records()) == 3


@refusing
def test_a_single_lead_that_is_refused_says_so_exactly(far_side: FarSide) -> None:
    (bad,) = some(1)
    (outcome,) = far_side.connector().deliver([far_side.refused(bad)])
    assert in_short(outcome) == far_side.refuses_record
    assert far_side.records() == []


@batching
def test_a_thousand_leads_take_as_few_calls_as_possible_and_the_bad_one_of_each_batch_fails_alone(
    far_side: FarSide,
) -> None:
    connector, most = far_side.connector(), far_side.most_in_call
    batches = [list(batch) for batch in batched(some(1000), most)]
    bad = {batch[len(batch) // 2].key for batch in batches}
    for batch in batches:
        batch[len(batch) // 2] = far_side.refused(batch[len(batch) // 2])
    outcomes = [outcome for batch in batches for outcome in connector.deliver(batch)]
    assert [outcome.key for outcome in outcomes] == [record.key for batch in batches for record in batch]
    assert {outcome.key for outcome in outcomes if isinstance(outcome.result, Failure)} == bad
    assert len(far_side.writes()) == ceil(1000 / most) * (1 + far_side.calls_for_a_bad_one)
    arrived = {outcome.result.external_id for outcome in outcomes if isinstance(outcome.result, Delivered)}
    assert len(arrived) == len(far_side.records()) == 1000 - len(bad)
    assert far_side.token_calls() == far_side.has_tokens
