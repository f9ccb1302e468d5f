"""A record that would not be recognised a second time is looked for: what is there is found, and nothing else."""

from dataclasses import replace
from uuid import uuid4

import pytest

from integrations.contract import Arrival, Connector, FailureKind, Outcome, Record
from tests.integrations.connectors.contract.far_side import Action, FarSide, Fault
from tests.integrations.connectors.contract.far_sides import far_sides_that
from tests.integrations.connectors.contract.people import RECORD, assert_fit_to_be_shown, in_short
from tests.integrations.records import delivered

searchable = far_sides_that(lambda far_side: far_side.can_be_searched)


def opened(far_side: FarSide) -> tuple[Connector, Record]:
    record, typed, fields = far_side.searched()
    return far_side.connector(fields=fields, **typed), record


def certainly(outcome: Outcome | None) -> Outcome:
    assert outcome is not None
    return outcome


@searchable
def test_an_answer_lost_after_the_record_was_kept_leaves_one_record_that_is_found(far_side: FarSide) -> None:
    connector, record = opened(far_side)
    assert connector.recognises(record) is False
    assert connector.findable_after(record) is not None
    far_side.meet(Fault(action=Action.COMMIT_THEN_DROP))
    (lost,) = connector.deliver([record])
    assert in_short(lost).kind is FailureKind.UNANSWERED
    (kept,) = far_side.records()
    far_side.annotate(kept)
    far_side.index_catches_up()
    found = certainly(connector.find(record))
    assert (found.key, delivered(found).arrival) == (record.key, Arrival.ALREADY_THERE)
    (after,) = far_side.records()
    assert (after.place, after.fields) == (kept.place, kept.fields)
    assert far_side.is_annotated(after)
    assert len(far_side.writes()) == 1
    assert_fit_to_be_shown([lost, found])


@searchable
def test_what_was_lost_on_its_way_is_not_found_and_sent(far_side: FarSide) -> None:
    connector, record = opened(far_side)
    far_side.meet(Fault(action=Action.DROP_BEFORE))
    (lost,) = connector.deliver([record])
    assert in_short(lost).kind is FailureKind.UNANSWERED
    far_side.index_catches_up()
    assert connector.find(record) is None
    (sent,) = connector.deliver([record])
    assert delivered(sent).arrival is far_side.arrival
    assert len(far_side.records()) == 1


@searchable
def test_what_is_found_is_what_was_told_of_when_it_was_made(far_side: FarSide) -> None:
    connector, record = opened(far_side)
    (sent,) = connector.deliver([record])
    far_side.index_catches_up()
    assert certainly(connector.find(record)).result == replace(delivered(sent), arrival=Arrival.ALREADY_THERE)


@searchable
def test_another_lead_of_the_same_person_is_not_found(far_side: FarSide) -> None:
    connector, record = opened(far_side)
    connector.deliver([record])
    far_side.index_catches_up()
    assert connector.find(replace(record, key=uuid4())) is None


@searchable
@pytest.mark.parametrize("action", [Action.DROP_BEFORE, Action.PAGE, Action.CUT_OFF, Action.RESPOND, Action.REDIRECT])
def test_a_search_that_fails_is_an_outcome_that_writes_nothing(far_side: FarSide, action: Action) -> None:
    connector, record = opened(far_side)
    far_side.meet_search(Fault(action=action, times=None))
    failed = certainly(connector.find(record))
    assert failed.key == record.key
    assert in_short(failed).kind in (FailureKind.TEMPORARY, FailureKind.UNANSWERED, FailureKind.MISCONFIGURED)
    assert_fit_to_be_shown([failed])
    assert (far_side.records(), far_side.writes()) == ([], [])


def test_nobody_looks_for_what_would_be_recognised(far_side: FarSide) -> None:
    connector = far_side.connector()
    assert connector.recognises(RECORD) is connector.recognises_repeats
    assert connector.findable_after(RECORD) is None
    assert far_side.calls() == 0
