"""Rows, as Microsoft's client writes them and the page shows them."""

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableClient, TableTransactionError, UpdateMode

from integrations.sandbox.azure import AzureTable
from tests.integrations.sandbox.azure.client import ROW, history, kept, last_arrival, table_in
from tests.integrations.sandbox.browsing import page, visible


def rows(count: int, **fields: str) -> list[dict[str, str]]:
    return [{"PartitionKey": "202611", "RowKey": f"row-{number}", **fields} for number in range(count)]


def test_a_row_is_stored_and_shown_with_its_person(tables: AzureTable, table: TableClient) -> None:
    table.create_entity(ROW)
    assert dict(table.get_entity("202611", "lead-1")) == ROW
    fields = kept(tables, table.table_name)["202611/lead-1"]
    assert {name: fields[name] for name in ROW} == ROW
    assert set(fields) - set(ROW) == {"Timestamp"}
    text = visible(page(tables))
    assert f"Zoë 김 zoe@fabrikam.example POST /leadcrmsandbox/{table.table_name} · 202611/lead-1" in text
    assert f"Zoë 김 zoe@fabrikam.example {table.table_name} · 202611/lead-1 · created" in text


def test_each_row_of_a_batch_has_a_line(tables: AzureTable, table: TableClient) -> None:
    table.submit_transaction([("create", row) for row in rows(2, FirstName="Mina")])
    text = visible(page(tables))
    assert "2 records POST /leadcrmsandbox/$batch New" in text
    assert "Mina 202611/row-0 · received once Mina 202611/row-1 · received once" in text


def test_a_row_that_was_replaced_is_shown_as_it_is_now(tables: AzureTable, table: TableClient) -> None:
    table.create_entity(ROW)
    table.update_entity({"PartitionKey": "202611", "RowKey": "lead-1", "City": "Seoul"}, mode=UpdateMode.REPLACE)
    fields = kept(tables, table.table_name)["202611/lead-1"]
    assert (fields["City"], "FirstName" in fields) == ("Seoul", False)
    assert history(tables, table.table_name) == ["created", "updated"]


def test_a_row_that_was_deleted_is_gone_from_the_page(tables: AzureTable, table: TableClient) -> None:
    table.create_entity(ROW)
    table.delete_entity("202611", "lead-1")
    assert kept(tables, table.table_name) == {}
    assert last_arrival(tables)["findings"] == {"arrival": "deleted"}


def test_a_row_that_comes_again_is_refused_and_counted(tables: AzureTable, table: TableClient) -> None:
    table.create_entity(ROW)
    with pytest.raises(ResourceExistsError):
        table.create_entity(ROW)
    assert history(tables, table.table_name) == ["created", "repeated"]
    assert last_arrival(tables)["findings"] == {"arrival": "repeated"}


def test_keys_of_any_letters_are_found_again(tables: AzureTable, table: TableClient) -> None:
    table.create_entity({"PartitionKey": "1", "RowKey": "\ud800"})  # which has no form in a URL
    odd = {"PartitionKey": "O'Brien & Söhne", "RowKey": "100% (a=b), 'c' +"}
    table.create_entity(odd)
    assert list(kept(tables, table.table_name)) == ["O'Brien & Söhne/100% (a=b), 'c' +"]
    table.delete_entity(odd["PartitionKey"], odd["RowKey"])
    assert kept(tables, table.table_name) == {}


def test_each_row_of_a_batch_is_shown(tables: AzureTable, table: TableClient) -> None:
    table.submit_transaction([("create", row) for row in rows(3, FirstName="Mina")])
    assert [fields["FirstName"] for fields in kept(tables, table.table_name).values()] == ["Mina"] * 3
    table.submit_transaction([("delete", row) for row in rows(2)])
    assert list(kept(tables, table.table_name)) == ["202611/row-2"]


def test_a_refused_batch_says_why_and_stores_nothing(tables: AzureTable, table: TableClient) -> None:
    table.create_entity(rows(1)[0])
    with pytest.raises(TableTransactionError):
        table.submit_transaction([("create", row) for row in reversed(rows(3))])
    assert list(kept(tables, table.table_name)) == ["202611/row-0"]
    assert last_arrival(tables)["findings"] == {"refused": "EntityAlreadyExists"}


def test_a_batch_may_be_larger_than_the_requests_of_other_systems(tables: AzureTable, table: TableClient) -> None:
    table.submit_transaction([("create", row) for row in rows(50, Description="x" * 30_000)])
    assert len(kept(tables, table.table_name)) == 50


def test_a_deleted_table_takes_its_rows_along_however_its_name_is_written(
    tables: AzureTable, table: TableClient
) -> None:
    table.create_entity(ROW)
    with table_in(tables, table.table_name.upper()) as same:
        same.delete_table()
    assert kept(tables, table.table_name) == {}


def test_a_row_that_was_not_taken_is_not_shown(tables: AzureTable, table: TableClient) -> None:
    table.delete_table()
    with table_in(tables, table.table_name) as gone, pytest.raises(Exception, match="TableNotFound"):
        gone.create_entity(ROW)
    assert kept(tables, table.table_name) == {}
    assert last_arrival(tables)["findings"] == {"refused": "TableNotFound"}
