"""One organisation for all tests of a run, emptied before each."""

from collections.abc import Iterator

import pytest

from integrations.sandbox.salesforce import Salesforce
from tests.integrations.sandbox.salesforce.caller import Caller


@pytest.fixture(scope="session")
def running_salesforce() -> Iterator[Salesforce]:
    with Salesforce.running() as salesforce:
        yield salesforce


@pytest.fixture
def org(running_salesforce: Salesforce) -> Caller:
    running_salesforce.control("reset", {})
    return Caller(running_salesforce)
