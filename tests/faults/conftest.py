"""One installation of real processes for all cases, on the database that ``TEST_DATABASE`` names."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault_proxy import FaultProxy, proxy_before
from tests.faults import rows
from tests.faults.case import Case
from tests.faults.databases import Database, Postgresql, Sqlite
from tests.flows.installation import Installation, add_logs

ON_POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
collect_ignore = ["test_sqlite.py" if ON_POSTGRESQL else "test_postgresql.py"]

# As often as in production and soon: what is tested is that all of it arrives, not when.
SETTINGS = {"LEADCRM_RETRY_WAITS": ",".join(["1"] * 11), "LEADCRM_WEBHOOK_LIMIT_PER_MINUTE": "0"}

_running: list[Installation] = []


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: takes seconds, and is part of every check")


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="session")
def database(state: Path) -> Database:
    return Postgresql() if ON_POSTGRESQL else Sqlite(state / "var")


@pytest.fixture(scope="session")
def running(database: Database, state: Path) -> Iterator[Installation]:
    installation = Installation(state, SETTINGS | ({"DATABASE_URL": database.url} if database.url else {}))
    _running.append(installation)
    rows.connect(database)
    yield installation
    rows.disconnect()
    installation.clear_up()


@pytest.fixture
def installation(running: Installation, django_db_blocker: Any) -> Iterator[Installation]:
    """As after a fresh start: nobody does any harm, and no destination of an earlier case takes part."""
    with django_db_blocker.unblock():
        if not running.starts or running.start.process.poll() is not None:
            running.begin()
            running.wait_until_ready()
        running.receiver("reset", {"keep_config": True})
        rows.disable()
        yield running
        rows.disconnect()


@pytest.fixture
def case(
    installation: Installation,
    database: Database,
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> Case:
    record_property("fault", " ".join((request.function.__doc__ or request.node.name).split()))
    return Case(installation, database, record_property)


@pytest.fixture
def proxy(installation: Installation) -> Iterator[FaultProxy]:
    """Before the receiver, in this process: what it does, it does at an exact moment of a call."""
    with proxy_before(installation.sandbox_port) as proxy:
        yield proxy


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    add_logs(report, _running)
    return report
