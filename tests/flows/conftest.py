"""Real processes: supervisor, web server, Celery worker, broker, receiver; SQLite, or a database of their own."""

import json
import os
import secrets
from collections.abc import Generator, Iterator

import psycopg
import pytest

from leads.marketplace.samples import body_of, varied
from tests.flows.installation import Installation, add_logs

type Lead = tuple[bytes, str]

_made: list[Installation] = []


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The URL of an empty one on the server of the tests; empty text for SQLite in the installation's folder."""
    server, name = os.environ.get("TEST_DATABASE_URL", ""), f"flows_{secrets.token_hex(4)}"
    if server:
        _tell(server, f"CREATE DATABASE {name}")
    yield server.replace("/leadcrm?", f"/{name}?")
    if server:
        _tell(server, f"DROP DATABASE {name} WITH (FORCE)")


def _tell(server: str, command: str) -> None:
    with psycopg.connect(server.replace("/leadcrm?", "/postgres?"), autocommit=True) as connection:
        connection.execute(command)


@pytest.fixture(scope="session")
def running(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {"DATABASE_URL": database} if database else {}
    installation = Installation(tmp_path_factory.mktemp("installation"), settings)
    _made.append(installation)
    installation.begin()
    installation.wait_until_ready()
    yield installation
    installation.clear_up()


@pytest.fixture
def installation(running: Installation) -> Installation:
    """One for all tests, which leave it running. The receiver has forgotten what it was told to do."""
    if running.start.process.poll() is not None:
        running.begin()
        running.wait_until_ready()
    running.receiver("faults", method="DELETE")
    return running


@pytest.fixture
def lead() -> Lead:
    return somebody()


def somebody() -> Lead:
    """Sample A of somebody never seen before, and the person's e-mail address."""
    body = varied(body_of("a_documented"), secrets.token_hex(4))
    return body, json.loads(body)["UserDetails"]["Email"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    add_logs(report, _made)
    return report
