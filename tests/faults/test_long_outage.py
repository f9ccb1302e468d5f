"""A destination that is down for three days, and what comes after."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from leads.states import DeliveryState
from tests.faults import rows
from tests.faults.case import Case
from tests.flows.installation import in_time
from tests.start.conftest import eventually

BACKLOG = 5_000
STEPS = 6
STEP = timedelta(hours=12)
CALLS_AT_ONCE = 4
PER_SECOND = 200
# A turn ends itself after five failures in a row, while others of its calls are under way. Two may be on at first.
BEFORE_THE_BREAK = 2 * (5 + CALLS_AT_ONCE - 1)
# One for each step, and those that came due by themselves meanwhile: the first waits are seconds.
MOST_PROBES = 2 * STEPS
WINDOW_SECONDS = 5


@pytest.mark.timeout(400)
def test_after_three_days_without_an_answer_everything_arrives_at_the_agreed_pace(case: Case) -> None:
    """A destination with 5,000 leads is down for three days; the times in the rows are moved, not the clock."""
    case.leave_out(case.form)
    crm = case.crm
    rows.change_gate(crm.id, rate_calls=PER_SECOND * 10, rate_seconds=10)
    case.plays(crm, "respond", status=503, times=None)
    case.senders.post()
    case.wait_for_requests(crm)
    rows.add_backlog(crm.id, [f"outage.{number}@fabrikam.example" for number in range(BACKLOG)])
    eventually(lambda: rows.gate(crm.id).broken_at, "the breaker is open", in_time(30))
    for _step in range(STEPS):
        refused = len(case.requests(crm))
        rows.let_pass(crm.id, STEP)
        case.wait_for_requests(crm, refused + 1)
        eventually(lambda: not sending(case), "recorded")
    refused = len(case.requests(crm))
    tries = sum(rows.deliveries(crm.id).values_list("tries", flat=True))
    probes = rows.gate(crm.id).probes_failed
    assert tries == refused <= BEFORE_THE_BREAK + probes
    assert STEPS <= probes <= MOST_PROBES
    assert set(rows.deliveries(crm.id).values_list("state", flat=True)) == {DeliveryState.QUEUED}

    case.plays_no_more()
    rows.let_pass(crm.id, STEP)
    took = case.settle(seconds=90)
    arrived = Counter(second_of(record["created_at"]) for record in case.records(crm))
    busiest = max(sum(arrived[second + step] for step in range(WINDOW_SECONDS)) for second in arrived)
    at_once = case.installation.receiver("requests?limit=0")["maximum_concurrency"]
    case.says(
        f"{refused} tries in 3 days; {BACKLOG} drained in {took:.0f} s, at most {busiest} in {WINDOW_SECONDS} s "
        f"({PER_SECOND} per second allowed) and {at_once} at once"
    )
    counts = case.prove()
    assert counts.delivered == BACKLOG + 1
    assert busiest <= PER_SECOND * (WINDOW_SECONDS + 1)  # a full bucket holds one second's calls
    assert at_once <= CALLS_AT_ONCE


def sending(case: Case) -> bool:
    return rows.deliveries(case.crm.id).filter(state=DeliveryState.SENDING).exists()


def second_of(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())
