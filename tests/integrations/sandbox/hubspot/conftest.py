"""One portal for all tests of a run, emptied before each."""

from collections.abc import Iterator

import pytest

from integrations.sandbox.hubspot import HubSpot
from integrations.sandbox.texts import TEXTS
from tests.integrations.sandbox.hubspot.caller import Caller


@pytest.fixture(scope="session")
def running_portal() -> Iterator[HubSpot]:
    with HubSpot.running() as portal:
        yield portal


@pytest.fixture
def portal(running_portal: HubSpot) -> Iterator[HubSpot]:
    """Whatever a test makes it find in a request, the page has words for it."""
    running_portal.control("reset", {})
    yield running_portal
    requests = running_portal.control("requests")["requests"]
    found = {f"{aspect}.{code}" for request in requests for aspect, code in request["findings"].items()}
    assert [name for name in sorted(found) if name not in TEXTS] == []


@pytest.fixture
def caller(portal: HubSpot) -> Caller:
    return Caller(portal.url)
