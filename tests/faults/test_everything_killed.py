"""All processes die at once, the one that would start them again included; later somebody starts it anew."""

import pytest

from tests.faults.case import Case
from tests.faults.processes import kill_everything
from tests.flows.installation import in_time

LEADS = 30
IN_FLIGHT = 8
# A claim's time, and 20 s.
RESUMED_WITHIN = 35.0


@pytest.mark.timeout(240)
def test_after_the_death_of_everything_the_next_start_goes_on_where_it_was(case: Case) -> None:
    """Every process is killed at once while leads are posted and sent; then all of it is started again."""
    installation = case.installation
    for place in case.places:
        case.plays(place, "delay", delay=0.3, times=None)
    with case.senders.storm(per_second=40):
        case.wait_for_requests(case.crm, LEADS)
        kill_everything(installation)
    installation.begin()
    installation.wait_until_ready()
    took = case.settle()
    case.says(f"at work again {took:.0f} s after the start")
    case.prove(repeats=IN_FLIGHT, for_people=IN_FLIGHT)
    assert took < in_time(RESUMED_WITHIN)
