"""One instance for all tests of a run, emptied before each, which takes no time to write."""

from collections.abc import Iterator

import pytest

from integrations.sandbox.marketo import Marketo
from tests.integrations.sandbox.marketo.caller import Caller


@pytest.fixture(scope="session")
def running_marketo() -> Iterator[Marketo]:
    with Marketo.running() as marketo:
        yield marketo


@pytest.fixture
def marketo(running_marketo: Marketo) -> Marketo:
    running_marketo.control("reset", {})
    running_marketo.control("config", {"race_window": 0})
    return running_marketo


@pytest.fixture
def caller(marketo: Marketo) -> Caller:
    return Caller(marketo)
