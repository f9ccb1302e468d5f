from uuid import uuid4

from integrations.connectors.dynamics365.refusals import Refusals
from integrations.contract import Arrival, Delivered, Failure, FailureKind, Outcome

ARRIVED = Delivered(Arrival.CREATED)
REFUSED = Failure(kind=FailureKind.REJECTED, cause="dynamics365_plugin_refused", detail="no", code="0x80040265")
OTHER = Failure(kind=FailureKind.REJECTED, cause="dynamics365_text_too_long")


def kinds_after(refusals: Refusals, *results: Delivered | Failure) -> list[str]:
    outcomes = refusals.watched([Outcome(uuid4(), result) for result in results])
    return [each.result.kind.value if isinstance(each.result, Failure) else "delivered" for each in outcomes]


def test_two_leads_refused_are_two_leads() -> None:
    assert kinds_after(Refusals(), REFUSED, REFUSED, ARRIVED, REFUSED, REFUSED) == [
        "rejected", "rejected", "delivered", "rejected", "rejected",
    ]  # fmt: skip


def test_from_the_third_in_a_row_the_destination_stops_until_a_person_resumes_it() -> None:
    refusals = Refusals()
    assert kinds_after(refusals, REFUSED, REFUSED) == ["rejected", "rejected"]
    key = uuid4()
    assert refusals.watched([Outcome(key, REFUSED)]) == [
        Outcome(
            key,
            Failure(
                kind=FailureKind.MISCONFIGURED, cause="dynamics365_plugin_refuses_all", detail="no", code="0x80040265",
                resumes_itself=False,
            ),
        )
    ]  # fmt: skip


def test_one_call_spares_all_leads_but_the_first_two() -> None:
    assert kinds_after(Refusals(), *[REFUSED] * 5) == ["rejected"] * 2 + ["misconfigured"] * 3


def test_after_the_stop_three_are_needed_again() -> None:
    refusals = Refusals()
    kinds_after(refusals, *[REFUSED] * 3)
    assert kinds_after(refusals, REFUSED) == ["rejected"]


def test_other_refusals_neither_count_nor_reset() -> None:
    assert kinds_after(Refusals(), REFUSED, OTHER, REFUSED, OTHER, REFUSED)[-1] == "misconfigured"
