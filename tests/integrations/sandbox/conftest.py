"""One receiver for all tests of a run, emptied before each."""

from collections.abc import Iterator

import pytest

from integrations.sandbox.receiver import Receiver


@pytest.fixture(scope="session")
def running_receiver() -> Iterator[Receiver]:
    with Receiver.running() as receiver:
        yield receiver


@pytest.fixture
def sandbox(running_receiver: Receiver) -> Receiver:
    running_receiver.control("reset", {})
    return running_receiver
