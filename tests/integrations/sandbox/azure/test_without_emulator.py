"""Where Azurite is not installed, or does not start, the systems run all the same and say what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.sandbox.azure import AzureTable, azurite
from integrations.sandbox.simulator import Simulator
from tests.integrations.sandbox.azure.client import kept, last_arrival, table_in
from tests.integrations.sandbox.browsing import page, visible
from tests.integrations.sandbox.sender import Reply, send

INSTALL = "This system needs Microsoft's storage emulator: run `make azurite` (it needs Node and npm), then try again."


@pytest.fixture
def system() -> Iterator[AzureTable]:
    with AzureTable.running() as running:
        yield running


def insert(system: Simulator) -> Reply:
    return send(system.url, "POST", "/leadcrmsandbox/Leads", b'{"PartitionKey":"1","RowKey":"2","FirstName":"Mina"}')


def test_without_it_every_request_is_answered_503_with_what_to_do(
    system: AzureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(azurite, "PROGRAM", tmp_path / "azurite.js")
    reply = insert(system)
    assert (reply.status, reply.body.decode()) == (503, f"{INSTALL}\n")
    assert INSTALL in visible(page(system))
    assert "Microsoft의 스토리지 에뮬레이터가 필요합니다" in page(system, "/?lang=ko")
    arrival = last_arrival(system)
    assert (arrival["person"], arrival["findings"]) == ("Mina", {"refused": "emulator"})
    assert kept(system, "Leads") == {}


@pytest.mark.usefixtures("installed")
def test_once_it_is_installed_requests_are_answered_without_another_start(
    system: AzureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as missing:
        missing.setattr(azurite, "PROGRAM", tmp_path / "azurite.js")
        assert insert(system).status == 503
    assert INSTALL not in visible(page(system))
    with table_in(system, "Leads") as client:
        client.create_table()
        assert list(client.list_entities()) == []


def test_without_node_it_is_not_installed_either(system: AzureTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert (insert(system).status, system.obstacle()) == (503, "storage.not_installed")


@pytest.mark.usefixtures("installed")
def test_one_that_ends_at_once_is_said_to_do_so_where_it_can_be_read(
    system: AzureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "azurite.js"
    broken.write_text('console.log("No room left."); process.exit(7);')
    monkeypatch.setattr(azurite, "PROGRAM", broken)
    reply = insert(system)
    assert reply.status == 503
    assert "does not start. Its own words stand in the log of the sandbox." in reply.body.decode()
    assert capfd.readouterr().out == "Azurite ended: No room left.\n\n"
    assert "does not start" in visible(page(system))
