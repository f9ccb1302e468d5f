"""`python -m integrations.sandbox`: its emulators end with it, however it ends, and nothing they answered is lost."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.data.tables import TableClient

from integrations.sandbox.azure.account import Account
from integrations.sandbox.systems import SYSTEMS
from tests.integrations.sandbox.azure.client import ROW
from tests.integrations.sandbox.azure.processes import azurites_of, azurites_with
from tests.integrations.sandbox.sender import wait_until

pytestmark = pytest.mark.usefixtures("installed")

ROOT = Path(__file__).parents[4]

Start = Callable[[], tuple["subprocess.Popen[str]", TableClient]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the sandbox with one state for all its lives; gives the process and a client of its table service."""
    processes: list[subprocess.Popen[str]] = []
    command = [sys.executable, "-m", "integrations.sandbox", "--port", "0", "--state", str(tmp_path / "state.sqlite3")]

    def run() -> tuple[subprocess.Popen[str], TableClient]:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout
        said = "".join(process.stdout.readline() for _ in SYSTEMS)
        (url,) = re.findall(r"Sandbox azure_table at (\S+)/", said)
        known = Account().connection_string("TableEndpoint", url)
        return process, TableClient.from_connection_string(known, "Leads", retry_total=0)

    yield run
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_emulator_ends_with_the_sandbox_and_what_is_stored_survives(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    process, client = start()
    assert azurites_of(process.pid) == set()
    with client:
        client.create_table()
        client.create_entity(ROW)
    assert len(azurites_of(process.pid)) == 1

    process.send_signal(number)
    assert process.wait(5) == (-number if number == signal.SIGKILL else 0)
    wait_until(lambda: azurites_with(str(tmp_path)) == set())

    _, client = start()
    with client:
        assert dict(client.get_entity("202611", "lead-1")) == ROW
