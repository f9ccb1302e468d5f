"""However it ends, nothing of it is left, and the next start goes on where it was."""

import signal
import time

from tests.flows.conftest import Lead
from tests.flows.installation import Installation, in_time
from tests.start.conftest import Start, eventually

START_WITHIN = 10.0


def nothing_is_left_of(start: Start) -> bool:
    return not start.family()


def test_sigterm_ends_everything_and_the_next_start_has_all_the_data(installation: Installation, lead: Lead) -> None:
    body, email = lead
    receipt = installation.post(body)
    installation.arrives_once(receipt, email)
    webhook, records = installation.webhook, installation.receiver("records")["count"]
    assert installation.end() == 0
    assert nothing_is_left_of(installation.start)
    assert not installation.ready_file.exists()

    began_at = time.monotonic()
    start = installation.begin()
    installation.wait_until_ready()
    assert time.monotonic() - began_at < in_time(START_WITHIN)
    assert installation.webhook == webhook
    assert "Password  unchanged" in start.said
    assert installation.receiver("records")["count"] == records
    assert installation.admin.is_delivered(receipt)  # still signed in, too


def test_of_a_killed_supervisor_nothing_is_left_and_one_of_two_starts_at_once_goes_on(
    installation: Installation, lead: Lead
) -> None:
    body, email = lead
    installation.receiver("faults", {"action": "respond", "status": 503})
    receipt = installation.post(body)
    eventually(lambda: installation.requests_at_receiver()[-1]["fault"] == "respond", "tried, and not delivered")
    installation.start.signal(signal.SIGKILL)
    eventually(lambda: nothing_is_left_of(installation.start), "nothing is left")
    assert installation.ready_file.exists()  # nobody could take it away
    installation.ready_file.unlink()

    one, other = installation.begin(), installation.begin()
    eventually(lambda: one.process.poll() or other.process.poll(), "one gives up")
    loser, winner = (one, other) if one.process.poll() else (other, one)
    assert loser.ended() == 1
    assert f"already runs with the state folder {installation.state}: process {winner.process.pid}" in loser.said
    assert nothing_is_left_of(loser)
    installation.starts.sort(key=lambda start: start is winner)
    installation.wait_until_ready()
    installation.arrives_once(receipt, email)
