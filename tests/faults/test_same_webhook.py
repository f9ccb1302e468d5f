"""The same lead, posted by everybody at once."""

import threading

import pytest

from leads.states import InboundState
from tests.faults import rows
from tests.faults.case import Case
from tests.flows.conftest import somebody

TIMES = 200


@pytest.mark.quick
def test_one_lead_posted_200_times_at_once_is_one_lead(case: Case) -> None:
    """The same lead is posted 200 times at once."""
    body, email = somebody()
    together = threading.Barrier(TIMES)

    def post() -> None:
        together.wait()
        case.senders.post_this(body, email)

    threads = [threading.Thread(target=post) for _number in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    case.settle()

    receipts = case.senders.answered
    assert len(receipts) == TIMES
    assert (case.senders.refused, case.senders.unanswered) == ([], [])
    found = rows.inbound().filter(id__in=receipts)
    touch = rows.touches(case.crm.id).get()
    assert found.filter(state=InboundState.ACCEPTED).get().id == touch.inbound_request_id
    assert found.filter(state=InboundState.REPEAT, repeat_of=touch).count() == TIMES - 1
    case.senders.answered = {str(touch.inbound_request_id): email}
    case.says(f"{TIMES} answers of 200; 1 lead, {TIMES - 1} repeats of it")
    case.prove()
