"""Servers that the tests of several kinds share."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests import azurite as emulator
from tests.azurite import Azurite
from tests.fault_proxy import proxy_before

if TYPE_CHECKING:
    from tests.azurite.storage import Storage


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    if not emulator.is_installed():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(emulator.NOT_HERE)
    with emulator.running() as server:
        yield server


@pytest.fixture
def storage(azurite: Azurite) -> "Iterator[Storage]":
    """Each test has a name of its own, so that nothing of the others is seen."""
    from tests.azurite.storage import Storage  # brings the SDK, which other kinds do without

    with proxy_before(azurite.table_port) as table_proxy, proxy_before(azurite.blob_port) as blob_proxy:
        yield Storage(azurite, table_proxy, blob_proxy, name=f"t{uuid4().hex}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skip that nobody reads would look like a success."""
    if any(emulator.NOT_HERE in str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(emulator.NOT_HERE, red=True, bold=True)
