"""Service protection limits: requests, execution time, calls at one time; the pause they ask for."""

import threading
from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import API, USER, Caller, ask_token, code, message
from tests.integrations.sandbox.sender import Reply, wait_until

NOW = 1795327200


@pytest.fixture
def still(dataverse: Dataverse) -> Caller:
    """Calls while the clock stands still."""
    dataverse.control("clock", {"at": NOW})
    return Caller(dataverse)


def who(caller: Caller) -> Reply:
    return caller.call("GET", "WhoAmI")


def pause(reply: Reply) -> int:
    return int(reply.headers["retry-after"])


def test_one_request_too_many_waits_for_the_oldest_to_leave_the_window(dataverse: Dataverse, still: Caller) -> None:
    dataverse.control("config", {"limits": {"requests": 2, "window": 300}})
    assert who(still).status == 200
    dataverse.control("clock", {"at": NOW + 100})
    assert who(still).status == 200
    dataverse.control("clock", {"at": NOW + 150})
    reply = who(still)
    assert code(reply) == (429, "0x80072322")
    assert message(reply) == "Number of requests exceeded the limit of 2 over time window of 300 seconds."
    assert pause(reply) == 250


def test_who_goes_on_lengthens_the_pause(dataverse: Dataverse, still: Caller) -> None:
    dataverse.control("config", {"limits": {"requests": 1, "window": 300}})
    who(still)
    for second in (10, 20, 30):
        dataverse.control("clock", {"at": NOW + second})
        assert pause(who(still)) == 300
    dataverse.control("clock", {"at": NOW + 329})
    assert who(still).status == 429
    dataverse.control("clock", {"at": NOW + 629})
    assert who(still).status == 200


def test_execution_time_is_limited_too(dataverse: Dataverse, still: Caller) -> None:
    dataverse.control("config", {"limits": {"execution_milliseconds": 1000, "call_milliseconds": 500}})
    replies = [who(still) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].content["error"] == {
        "code": "0x80072321",
        "message": (
            "Combined execution time of incoming requests exceeded limit of 1,000 milliseconds over time window of 300 "
            "seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later."
        ),
    }
    assert pause(replies[2]) == 300


def test_a_call_longer_than_the_limit_is_never_let_in(dataverse: Dataverse, still: Caller) -> None:
    dataverse.control("config", {"limits": {"execution_milliseconds": 10, "call_milliseconds": 500}})
    assert (code(who(still)), pause(who(still))) == ((429, "0x80072321"), 300)


def test_what_is_left_is_told(dataverse: Dataverse, still: Caller) -> None:
    who(still)
    headers = who(still).headers
    assert headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "5998"
    assert headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "1,199.80"


def test_the_default_limits_are_those_of_the_service(dataverse: Dataverse) -> None:
    assert dataverse.control("config")["limits"] == {
        "requests": 6000,
        "window": 300,
        "execution_milliseconds": 1_200_000,
        "call_milliseconds": 100,
        "concurrent": 52,
    }


def test_requests_for_tokens_and_refused_tokens_do_not_count(dataverse: Dataverse, still: Caller) -> None:
    dataverse.control("config", {"limits": {"requests": 1}})
    for _ in range(3):
        ask_token(dataverse)
        still.call("GET", "WhoAmI", headers={"Authorization": "Bearer x"})
    assert who(still).status == 200


def test_the_fifty_second_call_at_one_time_is_refused(dataverse: Dataverse, caller: Caller) -> None:
    statuses: list[int] = []
    slow: dict[str, Any] = {"action": "delay", "delay": 60, "times": None, "match": {"path": f"{API}/WhoAmI"}}
    dataverse.control("faults", slow)
    threads = [threading.Thread(target=lambda: statuses.append(who(caller).status)) for _ in range(51)]
    for thread in threads:
        thread.start()
    wait_until(lambda: dataverse.control("requests")["count"] == 52)
    assert dataverse.traffic.current(USER) == 51
    reply = caller.patch()
    assert (code(reply), pause(reply)) == ((429, "0x80072326"), 2)
    assert message(reply) == "Number of concurrent requests exceeded the limit of 52."
    assert ask_token(dataverse).status == 200
    dataverse.control("faults", method="DELETE")
    for thread in threads:
        thread.join()
    assert statuses == [200] * 51
    assert caller.patch().status == 204
    assert dataverse.control("requests")["maximum_concurrency"] == 52
