"""How many calls are taken: in a while, at once, in a day."""

import threading

from tests.integrations.sandbox.marketo.caller import DESCRIBE, LEADS, MINA, Caller, bearer, codes, reasons
from tests.integrations.sandbox.sender import Reply, wait_until

NOON = 1_795_370_400  # 2026-11-22 18:00 UTC, noon in US Central time
EVENING = NOON + 12 * 3600  # midnight there


def describe(caller: Caller) -> Reply:
    return caller.call("GET", DESCRIBE)


def at(caller: Caller, moment: float) -> None:
    caller.marketo.control("clock", {"at": moment})


def test_the_101st_call_in_20_seconds_is_refused_until_the_first_is_old(caller: Caller) -> None:
    at(caller, NOON)
    assert describe(caller).content["success"] is True
    at(caller, NOON + 10)
    assert all(describe(caller).content["success"] for _ in range(99))
    refused = describe(caller)
    assert (refused.status, "retry-after" in refused.headers) == (200, False)
    assert refused.content["errors"] == [{"code": "606", "message": "Max rate limit '100' exceeded with in '20' secs"}]
    at(caller, NOON + 19.9)
    assert codes(describe(caller).content) == ["606"]
    at(caller, NOON + 20)
    assert describe(caller).content["success"] is True
    assert codes(describe(caller).content) == ["606"]


def test_refused_calls_do_not_count(caller: Caller) -> None:
    caller.configure(limits={"calls": 2})
    at(caller, NOON)
    for _ in range(5):
        describe(caller)
    counted = caller.marketo.control("config")["counted"]
    assert (counted["recent"], counted["today"], counted["calls"][DESCRIBE]) == (2, 2, 5)
    caller.call("GET", DESCRIBE, headers=bearer("unknown"))
    assert caller.marketo.control("config")["counted"]["today"] == 2


def test_the_daily_quota_ends_at_midnight_in_central_time(caller: Caller) -> None:
    caller.configure(limits={"day": 2})
    at(caller, EVENING - 60)
    token = caller.token()
    assert [describe(caller).content["success"] for _ in range(3)] == [True, True, False]
    assert codes(describe(caller).content) == ["607"]
    at(caller, EVENING - 1)
    assert codes(describe(caller).content) == ["607"]
    at(caller, EVENING)
    assert describe(caller).content["success"] is True
    assert caller.token() == token


def test_calls_that_fail_otherwise_count_for_the_day(caller: Caller) -> None:
    at(caller, NOON)
    caller.call("GET", "/rest/nothing")
    caller.call("POST", LEADS, b"{")
    assert caller.marketo.control("config")["counted"]["today"] == 2


def test_the_eleventh_call_at_once_is_refused_and_the_ten_are_not(caller: Caller) -> None:
    caller.sync({"email": "first@fabrikam.example"})
    caller.marketo.control("faults", {"action": "delay", "delay": 60, "times": 10, "match": {"path": LEADS}})
    replies: list[Reply] = []

    def sync(number: int) -> None:
        person = {**MINA, "email": f"p{number}@fabrikam.example"}
        replies.append(caller.call("POST", LEADS, {"input": [person]}, timeout=20))

    threads = [threading.Thread(target=sync, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(caller.kept()) == 11)
    refused = describe(caller)
    assert refused.content["errors"] == [{"code": "615", "message": "Concurrent access limit reached"}]
    assert refused.status == 200
    caller.marketo.control("faults", method="DELETE")
    for thread in threads:
        thread.join()
    assert [reasons(reply.content) for reply in replies] == [["created"]] * 10
    assert describe(caller).content["success"] is True
    assert caller.marketo.control("config")["counted"]["today"] == 12
    assert caller.marketo.control("requests")["maximum_concurrency"] == 11


def test_a_call_that_is_answered_is_under_way_no_longer(caller: Caller) -> None:
    caller.configure(limits={"at_once": 1})
    assert [describe(caller).content["success"] for _ in range(20)] == [True] * 20
