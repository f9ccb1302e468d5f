"""How many requests are under way, in all and for each lane."""

import threading

from integrations.sandbox.arrivals import Note
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.receiver import Receiver
from integrations.sandbox.traffic import Traffic
from tests.integrations.sandbox.sender import Reply, send, wait_until


class Unhurried(Receiver):
    """Answers several at a time, when it is told to."""

    one_at_a_time = False
    gate: threading.Event

    def lane(self, request: Request) -> str:
        return request.header("x-lane") or ""

    def answer(self, request: Request) -> tuple[Answer, Note]:
        self.gate.wait(5)
        return Answer.json(200, {"beside": self.traffic.current(self.lane(request))}), Note()


def test_lanes_are_counted_apart_and_together() -> None:
    traffic = Traffic()
    with traffic.one_more("a"), traffic.one_more("b"), traffic.one_more("a"):
        assert (traffic.current("a"), traffic.current("b"), traffic.current("c")) == (2, 1, 0)
    assert (traffic.current("a"), traffic.maximum) == (0, 3)


def test_those_under_way_at_a_reset_are_left_out() -> None:
    traffic = Traffic()
    with traffic.one_more():
        traffic.reset()
        assert (traffic.current(""), traffic.maximum) == (0, 0)
    with traffic.one_more():
        assert (traffic.current(""), traffic.maximum) == (1, 1)


def test_a_system_may_answer_several_at_a_time_and_count_them_by_lane() -> None:
    with Unhurried.running() as system:
        system.gate = threading.Event()
        replies: list[Reply] = []

        def ask(lane: str) -> None:
            replies.append(send(system.url, "POST", "/hook", headers={"X-Lane": lane}))

        threads = [threading.Thread(target=ask, args=(lane,)) for lane in ("a", "a", "b")]
        for thread in threads:
            thread.start()
        wait_until(lambda: (system.traffic.current("a"), system.traffic.current("b")) == (2, 1))
        system.gate.set()
        for thread in threads:
            thread.join()
        assert [reply.status for reply in replies] == [200, 200, 200]
        assert system.control("requests")["maximum_concurrency"] == 3
        assert system.control("requests")["count"] == 3
