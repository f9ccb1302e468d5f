"""One Dataverse for all tests of a run, emptied before each."""

from collections.abc import Iterator

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import Caller


@pytest.fixture(scope="session")
def running_dataverse() -> Iterator[Dataverse]:
    with Dataverse.running() as system:
        yield system


@pytest.fixture
def dataverse(running_dataverse: Dataverse) -> Dataverse:
    running_dataverse.control("reset", {})
    return running_dataverse


@pytest.fixture
def caller(dataverse: Dataverse) -> Caller:
    return Caller(dataverse)
