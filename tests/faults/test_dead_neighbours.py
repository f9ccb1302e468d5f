"""Destinations that never answer, with thousands of leads waiting for them, beside one that works."""

from datetime import datetime

import pytest

from leads.states import DeliveryState
from tests.faults import rows
from tests.faults.case import Case
from tests.faults.proof import Place
from tests.faults.senders import percentile
from tests.start.conftest import eventually

BACKLOG = 10_000
DEAD = 20
POSTS = 80
AT_MOST_TIMES = 2.0


def addresses(number: int, of: str) -> list[str]:
    return [f"{of}.{count}@fabrikam.example" for count in range(number)]


def add_dead(case: Case, name: str, backlog: int, *, is_routed: bool) -> Place:
    dead = case.add_place(name, recognises_repeats=True, is_routed=is_routed)
    case.plays(dead, "delay", delay=600, times=None)
    rows.add_backlog(dead.id, addresses(backlog, name))
    return dead


def slow_way(case: Case, posts: int = POSTS) -> float:
    """The 95th percentile of the seconds from a post to the record at the healthy destination, now."""
    before = set(case.senders.answered)
    with case.senders.storm(per_second=8):
        case.wait_for_answers(len(before) + posts)
    posted = [email for receipt, email in case.senders.answered.items() if receipt not in before]
    delivered = rows.deliveries(case.crm.id).filter(state=DeliveryState.DELIVERED, touch__email__in=posted)
    eventually(lambda: delivered.count() == len(posted), "all at the healthy one", 60)
    received = dict(delivered.values_list("touch_id", "touch__received_at"))
    arrived = {record["key"]: datetime.fromisoformat(record["created_at"]) for record in case.records(case.crm)}
    return percentile([(arrived[str(key)] - at).total_seconds() for key, at in received.items()], 0.95)


@pytest.mark.timeout(300)
def test_dead_destinations_do_not_slow_a_healthy_one(case: Case) -> None:
    """One destination with 10,000 leads waiting never answers; then 20 of them."""
    case.leave_out(case.form)
    slow_way(case, posts=20)  # everybody is awake
    alone = slow_way(case)
    dead = [add_dead(case, "dead", BACKLOG, is_routed=True)]
    case.wait_for_requests(dead[0])
    beside_one = slow_way(case)
    dead += [add_dead(case, f"dead{number}", BACKLOG // DEAD, is_routed=False) for number in range(1, DEAD)]
    case.wait_for_requests(dead[-1])
    beside_many = slow_way(case)
    for place in dead:
        case.leave_out(place)
    case.plays_no_more()
    ms = [f"{seconds * 1000:.0f}" for seconds in (alone, beside_one, beside_many)]
    case.says(f"p95 from post to record: alone {ms[0]} ms, beside one {ms[1]} ms, beside {DEAD} {ms[2]} ms")
    case.settle()
    case.prove()
    assert beside_one <= AT_MOST_TIMES * alone
    assert beside_many <= AT_MOST_TIMES * alone
