"""Two upserts of one new e-mail that overlap create two people, and nothing else does."""

import threading
from typing import Any

from integrations.sandbox.marketo import Marketo
from tests.integrations.sandbox.marketo.caller import LEADS, MINA, PUSH, Caller, reasons
from tests.integrations.sandbox.sender import wait_until


def sync_together(caller: Caller, *contents: Any) -> list[str]:
    """What became of calls that are all under way before the first is stored."""
    caller.sync({"email": "somebody.else@fabrikam.example"})
    found: list[str] = []

    def sync(content: Any) -> None:
        found.extend(reasons(caller.call("POST", LEADS, content).content))

    threads = [threading.Thread(target=sync, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_overlapping_upserts_of_one_new_e_mail_create_two_people(caller: Caller) -> None:
    caller.configure(race_window=0.4)
    assert sync_together(caller, {"input": [MINA]}, {"input": [MINA]}) == ["created", "created"]
    caller.configure(race_window=0)
    assert reasons(caller.sync(MINA)) == ["1007"]


def test_overlapping_upserts_of_a_known_person_create_nobody(caller: Caller) -> None:
    caller.sync(MINA)
    caller.configure(race_window=0.2)
    assert sync_together(caller, {"input": [MINA]}, {"input": [MINA]}) == ["updated", "updated"]
    assert len(caller.kept()) == 2


def test_one_after_the_other_they_make_one_person_whatever_the_window(caller: Caller) -> None:
    caller.configure(race_window=0.05)
    assert [reasons(caller.sync(MINA)) for _ in range(3)] == [["created"], ["updated"], ["updated"]]
    assert len(caller.kept()) == 1


def test_a_create_only_that_overlaps_does_not_see_the_other_either(caller: Caller) -> None:
    caller.configure(race_window=0.4)
    contents = [{"action": "createOnly", "input": [MINA]}] * 2
    assert sync_together(caller, *contents) == ["created", "created"]


def test_a_client_that_leaves_early_and_comes_back_makes_a_second_person(caller: Caller) -> None:
    """The first call is still under way, though nobody waits for its answer any longer."""
    caller.marketo.control("faults", {"action": "delay", "delay": 60, "match": {"path": LEADS}})
    token = caller.token()
    first = threading.Thread(target=lambda: caller.call("POST", LEADS, {"input": [MINA]}, timeout=20))
    first.start()
    wait_until(lambda: len(caller.kept()) == 1)
    assert caller.token() == token
    assert reasons(caller.push(MINA)) == ["created"]
    caller.marketo.control("faults", method="DELETE")
    first.join()
    assert [person["email"] for person in caller.kept()] == [MINA["email"]] * 2
    assert PUSH in caller.marketo.control("config")["counted"]["calls"]


def test_after_a_lost_answer_the_second_try_finds_the_person(caller: Caller) -> None:
    caller.token()
    caller.marketo.control("faults", {"action": "commit_then_drop", "match": {"path": LEADS}})
    try:
        caller.sync(MINA)
    except OSError:
        lost = True
    else:
        lost = False
    assert lost
    assert reasons(caller.sync(MINA)) == ["updated"]
    assert len(caller.kept()) == 1


def test_without_another_setting_a_write_takes_a_twentieth_of_a_second() -> None:
    with Marketo.running() as fresh:
        assert fresh.control("config")["race_window"] == 0.05
