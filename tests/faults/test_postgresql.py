"""What only a database server can suffer: it hangs up, crashes, or takes no writes; and steps that its locks show."""

import subprocess
import sys
import time

import pytest

from leadcrm.embedded import CHECKOUT
from leads.states import AttemptResult, DeliveryState
from tests.faults import rows
from tests.faults.case import Case
from tests.faults.databases import Postgresql
from tests.faults.processes import kill_worker
from tests.faults.senders import percentile
from tests.flows.installation import in_time
from tests.start.conftest import eventually

OUTAGE_SECONDS = 10
HANGUPS = 8
IN_FLIGHT = 8
LEADS = 20
OPEN_SECONDS = 40


@pytest.fixture
def server(case: Case) -> Postgresql:
    assert isinstance(case.database, Postgresql)
    return case.database


def doctor(case: Case) -> str:
    """What the command of that name says."""
    environ = case.installation.environ | {"DJANGO_SETTINGS_MODULE": "leadcrm.settings"}
    words = [sys.executable, "manage.py", "doctor"]
    return subprocess.run(words, cwd=CHECKOUT, env=environ, check=False, capture_output=True, text=True).stdout


def most_spooled(case: Case, seconds: float) -> int:
    """For so long the fault goes on; the most files that waited at one moment."""
    until, most = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        most = max(most, case.spooled())
        time.sleep(0.1)
    return most


def prove_spooled(case: Case, spooled: int) -> None:
    """Every post was answered, and what the spool took meanwhile is stored once."""
    case.settle()
    case.says(f"{spooled} leads in the spool, imported once; slowest answer {max(case.senders.seconds):.1f} s")
    assert spooled > 0
    assert case.senders.unanswered == []
    case.prove(repeats=IN_FLIGHT, for_people=IN_FLIGHT)


def test_a_server_that_hangs_up_on_everybody_costs_no_lead(case: Case, server: Postgresql) -> None:
    """The server ends all connections, 8 times while leads are posted and sent."""
    ended = 0
    with case.senders.storm():
        for _time in range(HANGUPS):
            case.wait_for_answers(len(case.senders.answered) + 15)
            ended += server.hang_up()
    rows.disconnect()
    case.settle()
    case.says(f"{ended} connections ended")
    assert case.senders.unanswered == []
    case.prove(repeats=HANGUPS * IN_FLIGHT, for_people=HANGUPS * IN_FLIGHT)


@pytest.mark.quick
@pytest.mark.timeout(240)
def test_leads_are_taken_while_the_server_is_away(case: Case, server: Postgresql) -> None:
    """The server crashes, refuses connections for 10 s, and is started again, while leads are posted and sent."""
    with case.senders.storm(per_second=15):
        case.wait_for_answers(20)
        server.crash()
        try:
            spooled = most_spooled(case, OUTAGE_SECONDS)
        finally:
            server.start()
        rows.disconnect()
        case.wait_for_answers(len(case.senders.answered) + 20)
    prove_spooled(case, spooled)


def test_leads_are_taken_while_the_server_takes_no_writes(case: Case, server: Postgresql) -> None:
    """The server is read-only for 10 s while leads are posted and sent."""
    with case.senders.storm(per_second=15):
        case.wait_for_answers(20)
        with server.read_only():
            spooled = most_spooled(case, OUTAGE_SECONDS)
        case.wait_for_answers(len(case.senders.answered) + 20)
    prove_spooled(case, spooled)


def test_answers_that_came_while_no_write_was_possible_are_written_down_afterwards(
    case: Case, server: Postgresql
) -> None:
    """Answers come while the server is read-only for 4 s."""
    for place in case.places:
        case.plays(place, "delay", delay=60)
    case.senders.post()
    for place in case.places:
        case.wait_for_requests(place)
    with server.read_only():
        case.plays_no_more()
        time.sleep(4)
    case.settle()
    case.prove()


def test_a_worker_killed_just_before_its_claim_is_committed_has_claimed_nothing(case: Case, server: Postgresql) -> None:
    """The worker is killed before the claim is committed."""
    with server.half_claimed():
        case.senders.post(LEADS)
        eventually(lambda: server.waiting('INSERT INTO "leads_attempt"'), "nearly claimed")
        kill_worker(case.installation)
    case.settle()
    assert not rows.attempts(case.crm.id, case.form.id).exclude(result=AttemptResult.DELIVERED).exists()
    case.prove()


def test_a_worker_killed_while_it_records_has_recorded_nothing(case: Case, server: Postgresql) -> None:
    """The worker is killed while it records, just before the commit."""
    for place in case.places:
        case.plays(place, "delay", delay=60)
    case.senders.post()
    for place in case.places:
        case.wait_for_requests(place)
    with server.half_recorded(case.crm.id), server.half_recorded(case.form.id):
        case.plays_no_more()
        eventually(lambda: server.waiting('"leads_destinationgate"') == 2, "nearly recorded")
        kill_worker(case.installation)
    case.settle()
    assert rows.deliveries(case.form.id).get().state == DeliveryState.FAILED
    case.prove(repeats=1, for_people=1)


@pytest.mark.timeout(240)
def test_a_transaction_that_stays_open_is_told_of_and_stops_nothing(case: Case, server: Postgresql) -> None:
    """Somebody leaves a transaction open for 40 s while leads are posted and sent."""
    with case.senders.storm(per_second=15):
        case.wait_for_answers(60)
        usual = percentile(case.senders.seconds, 0.95)
        with server.left_open():
            before = len(case.senders.seconds)
            time.sleep(OPEN_SECONDS)
            told = doctor(case)
        meanwhile = percentile(case.senders.seconds[before:], 0.95)
    case.settle()
    case.says(f"p95 of a post {usual * 1000:.0f} ms, meanwhile {meanwhile * 1000:.0f} ms; `doctor` tells of it")
    case.prove()
    assert "A transaction has been open for 4" in told
    assert meanwhile < 2 * usual + in_time(0.1)
