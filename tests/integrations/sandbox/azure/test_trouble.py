"""What can be broken on the page, what clients then get, and that it can be mended."""

import os
import signal
from pathlib import Path

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.data.tables import TableClient
from azure.storage.blob import ContainerClient

from integrations.sandbox.azure import AzureBlob, AzureTable
from tests.integrations.sandbox.azure.client import ROW, connection_string, kept, last_arrival, table_in
from tests.integrations.sandbox.azure.processes import azurites_of
from tests.integrations.sandbox.browsing import page, press, visible
from tests.integrations.sandbox.sender import exchange, send

pytestmark = pytest.mark.usefixtures("installed")


@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")  # the client's own
def test_the_key_is_changed_and_what_is_stored_stays(tmp_path: Path) -> None:
    with AzureTable.running(state=tmp_path / "state.sqlite3") as system:
        with table_in(system, "Leads") as before:
            before.create_table()
            before.create_entity(ROW)
            assert press(system, revoke="").status == 303
            with pytest.raises(ClientAuthenticationError):
                before.get_entity("202611", "lead-1")
        assert last_arrival(system)["findings"] == {"refused": "AuthenticationFailed"}
        assert connection_string(system) in visible(page(system))
        with table_in(system, "Leads") as after:
            assert dict(after.get_entity("202611", "lead-1")) == ROW
        assert list(kept(system, "Leads")) == ["202611/lead-1"]


def test_the_key_can_be_set_and_is_not_told(tables: AzureTable) -> None:
    with pytest.raises(ValueError, match="key: needs the base64 of 64 bytes"):
        tables.control("config", {"key": "c2hvcnQ="})
    assert tables.control("config") == {"account": "leadcrmsandbox", "key": "***"}


def test_a_table_that_is_gone_is_refused_in_azures_words_until_cleared(tables: AzureTable, table: TableClient) -> None:
    press(tables, preset="table_gone")
    with pytest.raises(ResourceNotFoundError, match="The table specified does not exist"):
        table.create_entity(ROW)
    press(tables, clear="all")
    table.create_entity(ROW)
    assert len(kept(tables, table.table_name)) == 1


def test_a_container_that_is_gone_is_refused_in_azures_words_until_cleared(
    blobs: AzureBlob, container: ContainerClient
) -> None:
    press(blobs, preset="container_gone")
    with pytest.raises(ResourceNotFoundError, match="ErrorCode:ContainerNotFound"):
        container.upload_blob("lead.json", b"{}")
    press(blobs, clear="all")
    container.upload_blob("lead.json", b"{}")
    assert len(kept(blobs, container.container_name)) == 1


def test_busy_is_answered_as_azure_does(tables: AzureTable, table: TableClient) -> None:
    press(tables, preset="throttle")
    reply = send(tables.url, "POST", f"/leadcrmsandbox/{table.table_name}", b"{}")
    assert (reply.status, reply.headers["x-ms-error-code"], reply.headers["retry-after"]) == (503, "ServerBusy", "5")
    assert kept(tables, table.table_name) == {}


def test_while_it_is_down_nobody_gets_an_answer(tables: AzureTable, table: TableClient) -> None:
    press(tables, preset="down")
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        table.create_entity(ROW)
    press(tables, clear="all")
    assert list(table.list_entities()) == []


def test_what_was_kept_without_an_answer_is_shown(tables: AzureTable, table: TableClient) -> None:
    press(tables, preset="lose_answer")
    with pytest.raises(ServiceResponseError):
        table.create_entity(ROW)
    assert list(kept(tables, table.table_name)) == ["202611/lead-1"]
    assert (last_arrival(tables)["answer"], last_arrival(tables)["person"]) == (None, "Zoë 김")


def test_records_are_changed_by_clients_only(tables: AzureTable, table: TableClient) -> None:
    table.create_entity(ROW)
    of_row = {"collection": table.table_name, "key": "202611/lead-1"}
    assert 'name="edit"' not in page(tables)
    for button in ("edit", "remove"):
        refused = press(tables, field="LastName", value="Kim", **{button: ""}, **of_row)
        assert refused.status == 400
        assert "records of this system cannot be changed here" in refused.body.decode()
    with pytest.raises(ValueError, match="cannot be changed here"):
        tables.control("records", of_row, method="DELETE")
    assert kept(tables, table.table_name)["202611/lead-1"]["LastName"] == "김"


def test_to_forget_everything_empties_the_account_too(tmp_path: Path) -> None:
    with AzureTable.running(state=tmp_path / "state.sqlite3") as system, table_in(system, "Leads") as client:
        client.create_table()
        client.create_entity(ROW)
        press(system, forget="")
        assert system.control("records") == {"count": 0, "records": []}
        with pytest.raises(ResourceNotFoundError):
            client.create_entity(ROW)


def test_the_emulator_is_begun_by_the_first_request_and_anew_when_it_was_killed() -> None:
    with AzureTable.running() as system, table_in(system, "Leads") as client:
        others = azurites_of(os.getpid())
        page(system)
        assert azurites_of(os.getpid()) == others
        client.create_table()
        client.create_entity(ROW)
        (killed,) = azurites_of(os.getpid()) - others
        os.kill(killed, signal.SIGKILL)
        os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ResourceNotFoundError):
            client.create_entity(ROW)
        (second,) = azurites_of(os.getpid()) - others
        assert second != killed
        assert kept(system, "Leads") == {}
    assert azurites_of(os.getpid()) == others


ODD_REQUESTS = [
    ("POST", "/leadcrmsandbox/$batch", b"\xff{nonsense"),
    ("POST", "/leadcrmsandbox/$batch", b"\r\nPOST http://[bad/leadcrmsandbox/Leads HTTP/1.1\r\n\r\n{}"),
    ("POST", "/leadcrmsandbox/Tables", b'{"TableName":"\\ud800"}'),
    ("POST", "/leadcrmsandbox/Leads", b'{"PartitionKey":"\\ud800","RowKey":"1","Email":"\\ud800"}'),
    ("POST", "/leadcrmsandbox/Leads", b"[" * 100_000),
    ("DELETE", "/leadcrmsandbox/Leads(PartitionKey='a',RowKey='%ff')", b""),
    ("GET", "//[bad", b""),
]


@pytest.mark.parametrize(("method", "target", "body"), ODD_REQUESTS)
def test_what_makes_no_sense_is_answered_by_the_emulator(
    tables: AzureTable, method: str, target: str, body: bytes
) -> None:
    reply = send(tables.url, method, target, body)
    assert reply.status in {400, 403, 404, 500}
    assert reply.headers["server"].startswith("Azurite")
    assert last_arrival(tables)["answer"] == reply.status


def test_a_chunked_request_is_passed_on_whole(tables: AzureTable) -> None:
    head = b"POST /leadcrmsandbox/Leads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for chunks in (b"2\r\n{}\r\n0\r\n\r\n", b"0\r\n\r\n"):
        answer = exchange(tables.url, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
