"""A lead makes one record, however often and by however many it is sent."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from integrations.contract import Arrival, FailureKind
from tests.integrations.connectors.contract.far_side import Action, FarSide, Fault
from tests.integrations.connectors.contract.far_sides import far_sides_that
from tests.integrations.connectors.contract.people import RECORD, in_short, some
from tests.integrations.records import delivered

recognising = far_sides_that(lambda far_side: far_side.recognises_repeats)
forgetting = far_sides_that(lambda far_side: not far_side.recognises_repeats)
batching = far_sides_that(lambda far_side: far_side.recognises_repeats and far_side.most_in_call > 1)
LOST = (FailureKind.UNANSWERED, "connection_lost", None)


@recognising
def test_an_answer_lost_after_the_record_was_kept_leaves_one_record_and_what_sales_wrote(far_side: FarSide) -> None:
    far_side.meet(Fault(action=Action.COMMIT_THEN_DROP))
    connector = far_side.connector()
    (lost,) = connector.deliver([RECORD])
    (kept,) = far_side.records()
    far_side.annotate(kept)
    (again,) = connector.deliver([RECORD])
    (after,) = far_side.records()
    assert in_short(lost)[:3] == LOST
    assert delivered(again).arrival is far_side.repeat
    assert after.place == kept.place
    assert after.fields == kept.fields
    assert far_side.is_annotated(after)


@forgetting
def test_an_answer_lost_after_the_record_was_kept_is_not_asked_for_again(far_side: FarSide) -> None:
    far_side.meet(Fault(action=Action.COMMIT_THEN_DROP))
    connector = far_side.connector()
    (lost,) = connector.deliver([RECORD])
    assert in_short(lost)[:3] == LOST
    assert connector.recognises_repeats is False
    assert len(far_side.writes()) == 1
    assert len(far_side.records()) == 1


@batching
def test_an_answer_lost_after_a_batch_was_kept_leaves_each_record_once(far_side: FarSide) -> None:
    far_side.meet(Fault(action=Action.COMMIT_THEN_DROP))
    connector, records = far_side.connector(), some(3)
    lost = connector.deliver(records)
    kept = far_side.records()
    far_side.annotate(kept[1])
    again = connector.deliver(records)
    assert {in_short(outcome)[:3] for outcome in lost} == {LOST}
    assert [outcome.key for outcome in again] == [record.key for record in records]
    assert {delivered(outcome).arrival for outcome in again} == {far_side.repeat}
    assert [stored.fields for stored in far_side.records()] == [stored.fields for stored in kept]
    assert [far_side.is_annotated(stored) for stored in far_side.records()] == [False, True, False]


@recognising
def test_a_repeat_overwrites_an_edit_of_what_is_sent_only_where_nothing_else_is_possible(far_side: FarSide) -> None:
    connector = far_side.connector()
    connector.deliver([RECORD])
    far_side.edit(far_side.records()[0], company="Wolpertinger Inc.")
    (again,) = connector.deliver([RECORD])
    (after,) = far_side.records()
    assert delivered(again).arrival is far_side.repeat
    assert after.fields["company"] == (RECORD.company if far_side.overwrites else "Wolpertinger Inc.")


def test_a_new_lead_makes_one_record_with_every_mapped_field(far_side: FarSide) -> None:
    (outcome,) = far_side.connector().deliver([RECORD])
    (stored,) = far_side.records()
    assert outcome.key == RECORD.key
    assert delivered(outcome).arrival is far_side.arrival
    assert bool(delivered(outcome).external_id) is (far_side.arrival is not Arrival.UNCONFIRMED)
    assert outcome.notes == ()
    assert stored.fields == {name: getattr(RECORD, name) for name in stored.fields}
    if far_side.composes:
        parts = (RECORD.description, RECORD.offer_title, RECORD.lead_source, str(RECORD.key))
        assert [part for part in parts if part not in stored.composed] == []
    assert len(far_side.writes()) == 1


def test_letters_of_all_scripts_arrive_as_they_are(far_side: FarSide) -> None:
    texts: dict[str, Any] = {
        "first_name": "Zoë", "last_name": "김민아", "company": "👩\u200d🚀 شركة النور",
        "title": 'רכש "a" \\ <b>&amp;=+%',
    }  # fmt: skip
    (outcome,) = far_side.connector().deliver([replace(RECORD, **texts)])
    (stored,) = far_side.records()
    assert delivered(outcome).arrival is far_side.arrival
    assert {name: stored.fields[name] for name in texts} == texts


@recognising
def test_the_same_lead_again_changes_nothing(far_side: FarSide) -> None:
    connector = far_side.connector()
    connector.deliver([RECORD])
    before = far_side.records()
    (again,) = connector.deliver([RECORD])
    assert delivered(again).arrival is far_side.repeat
    assert far_side.records() == before


@recognising
def test_two_threads_with_the_same_lead_make_one_record(far_side: FarSide) -> None:
    connector = far_side.connector()
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _turn: connector.deliver([RECORD])[0], range(2)))
    assert sorted(delivered(outcome).arrival for outcome in outcomes) == sorted([far_side.arrival, far_side.repeat])
    assert len(far_side.records()) == 1


@far_sides_that(lambda far_side: far_side.recognises_repeats and not far_side.one_call_at_a_time)
def test_two_workers_with_the_same_lead_make_one_record(far_side: FarSide) -> None:
    workers = [far_side.connector() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda connector: connector.deliver([RECORD])[0], workers))
    assert sorted(delivered(outcome).arrival for outcome in outcomes) == sorted([far_side.arrival, far_side.repeat])
    assert len(far_side.records()) == 1


def test_a_connector_says_of_itself_what_its_far_side_can_do(far_side: FarSide) -> None:
    connector = far_side.connector()
    assert connector.recognises_repeats is far_side.recognises_repeats
    assert (connector.calls_at_once == 1) is far_side.one_call_at_a_time
    assert connector.batch_limit == far_side.most_in_call


def test_a_test_lead_is_taken_away_again_where_that_is_possible(far_side: FarSide) -> None:
    connector = far_side.connector()
    (outcome,) = connector.deliver([replace(RECORD, is_test=True)])
    assert connector.remove(delivered(outcome), RECORD.key) is far_side.removes
    assert len(far_side.records()) == (0 if far_side.removes else 1)


def test_nothing_is_called_for_no_records(far_side: FarSide) -> None:
    assert far_side.connector().deliver([]) == []
    assert far_side.calls() == 0
