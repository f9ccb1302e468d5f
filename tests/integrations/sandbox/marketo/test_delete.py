"""Delete leads."""

import pytest

from integrations.sandbox.marketo import Marketo
from tests.integrations.sandbox.marketo.caller import MINA, Caller, codes, reasons

DELETE = "/rest/v1/leads/delete.json"


def test_who_is_there_is_deleted_and_who_is_not_is_skipped(caller: Caller) -> None:
    caller.sync(MINA, {"email": "ada@fabrikam.example"})
    answer = caller.call("POST", DELETE, {"input": [{"id": 318581}, {"id": 5}, {}, {"id": "318582"}]}).content
    assert reasons(answer) == ["deleted", "1004", "1002", "1002"]
    assert answer["result"][0] == {"id": 318581, "status": "deleted"}
    assert [person["email"] for person in caller.kept()] == ["ada@fabrikam.example"]


def test_a_deleted_person_is_new_again(caller: Caller) -> None:
    caller.sync(MINA)
    caller.call("POST", DELETE, {"input": [{"id": 318581}]})
    assert reasons(caller.sync(MINA)) == ["created"]


@pytest.mark.parametrize("content", [{}, {"input": []}, {"input": None}])
def test_without_anybody_it_is_refused(caller: Caller, content: object) -> None:
    assert codes(caller.call("POST", DELETE, content).content) == ["701"]


def test_it_needs_the_permission_to_write(marketo: Marketo, caller: Caller) -> None:
    caller.sync(MINA)
    caller.configure(permissions=["read_only_person"])
    assert codes(caller.call("POST", DELETE, {"input": [{"id": 318581}]}).content) == ["603"]
    assert len(caller.kept()) == 1
