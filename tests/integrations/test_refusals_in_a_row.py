from uuid import uuid4

from integrations.contract import Arrival, Delivered, Failure, FailureKind, Outcome
from integrations.refusals_in_a_row import RefusalsInARow

ARRIVED = Delivered(Arrival.CREATED)
REFUSED = Failure(kind=FailureKind.REJECTED, cause="refused", detail="no", code="0x80040265", params={"field": "x"})
EMPTY = Failure(kind=FailureKind.REJECTED, cause="empty")
OTHER = Failure(kind=FailureKind.REJECTED, cause="too_long")


def watching() -> RefusalsInARow:
    return RefusalsInARow({"refused": "refuses_all", "empty": "always_empty"})


def kinds_after(refusals: RefusalsInARow, *results: Delivered | Failure) -> list[str]:
    outcomes = refusals.watched([Outcome(uuid4(), result) for result in results])
    return [each.result.kind.value if isinstance(each.result, Failure) else "delivered" for each in outcomes]


def kinds_one_by_one(refusals: RefusalsInARow, *results: Delivered | Failure) -> list[str]:
    return [kind for result in results for kind in kinds_after(refusals, result)]


def test_two_refused_records_are_two_records() -> None:
    assert kinds_one_by_one(watching(), REFUSED, REFUSED, ARRIVED, REFUSED, REFUSED) == [
        "rejected", "rejected", "delivered", "rejected", "rejected",
    ]  # fmt: skip


def test_from_the_third_in_a_row_the_destination_stops_until_a_person_resumes_it() -> None:
    refusals, key = watching(), uuid4()
    assert kinds_one_by_one(refusals, REFUSED, REFUSED) == ["rejected", "rejected"]
    assert refusals.watched([Outcome(key, REFUSED)]) == [
        Outcome(
            key,
            Failure(
                kind=FailureKind.MISCONFIGURED, cause="refuses_all", detail="no", code="0x80040265",
                params={"field": "x"}, resumes_itself=False,
            ),
        )
    ]  # fmt: skip


def test_a_call_in_which_all_are_refused_costs_the_first_two() -> None:
    assert kinds_after(watching(), *[REFUSED] * 5) == ["rejected"] * 2 + ["misconfigured"] * 3


def test_one_record_that_arrived_shows_that_not_all_are_refused_wherever_it_stands_in_the_call() -> None:
    for position in range(5):
        refusals, results = watching(), [REFUSED] * 4
        expected = ["rejected"] * 4
        kinds_one_by_one(refusals, REFUSED, REFUSED)
        found = kinds_after(refusals, *results[:position], ARRIVED, *results[position:])
        assert found == [*expected[:position], "delivered", *expected[position:]]
        assert kinds_one_by_one(refusals, REFUSED, REFUSED) == ["rejected", "rejected"]


def test_after_the_stop_three_are_needed_again() -> None:
    refusals = watching()
    kinds_after(refusals, *[REFUSED] * 3)
    assert kinds_one_by_one(refusals, REFUSED, REFUSED, REFUSED) == ["rejected", "rejected", "misconfigured"]


def test_other_refusals_neither_count_nor_reset() -> None:
    assert kinds_after(watching(), REFUSED, OTHER, REFUSED, OTHER, REFUSED)[-1] == "misconfigured"
    assert kinds_after(watching(), *[OTHER] * 5) == ["rejected"] * 5


def test_each_cause_has_a_count_of_its_own() -> None:
    refusals = watching()
    assert kinds_after(refusals, REFUSED, EMPTY, REFUSED, EMPTY) == ["rejected"] * 4
    (stopped,) = refusals.watched([Outcome(uuid4(), EMPTY)])
    assert isinstance(stopped.result, Failure)
    assert stopped.result.cause == "always_empty"
    assert kinds_after(refusals, REFUSED) == ["misconfigured"]
