"""The check proves what it says, and writes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables import AccountSasPermissions, ResourceTypes

from integrations.contract import CheckReport, StepResult
from integrations.mapping import FieldMap, Origin, Rule
from tests.azurite.storage import Storage
from tests.fault_proxy import answers
from tests.integrations.connectors.azure_table.conftest import OpenConnector, rows_in

PASSED, WARNING, FAILED, UNPROVEN = StepResult.PASSED, StepResult.WARNING, StepResult.FAILED, StepResult.UNPROVEN


def steps_of(report: CheckReport) -> list[tuple[str, StepResult]]:
    return [(str(step.label), step.result) for step in report.steps]


def first_failure(report: CheckReport) -> str:
    return next(str(step.detail) for step in report.steps if step.result is FAILED)


def test_with_the_key_everything_is_proved(connectors: OpenConnector, table: Storage) -> None:
    assert steps_of(connectors().check()) == [("Table", PASSED), ("Right to add rows", PASSED)]
    assert rows_in(table) == []


def test_a_sas_that_may_only_add_proves_its_right_and_not_that_the_table_is_there(
    connectors: OpenConnector, table: Storage
) -> None:
    report = connectors(connection=table.table_sas_url("a")).check()
    assert steps_of(report) == [
        ("Shared access signature (SAS)", WARNING),
        ("Table", UNPROVEN),
        ("Right to add rows", PASSED),
    ]
    assert str(report.steps[0].detail) == "0 days left."
    assert rows_in(table) == []


def test_a_sas_that_may_read_as_well_proves_both(connectors: OpenConnector, table: Storage) -> None:
    url = table.table_sas_url("ra", expiry=datetime.now(UTC) + timedelta(days=400))
    assert [result for _label, result in steps_of(connectors(connection=url).check())] == [PASSED] * 3
    assert rows_in(table) == []


def test_a_sas_whose_rights_a_policy_holds_is_tried(connectors: OpenConnector, table: Storage) -> None:
    table.table_proxy.plays(answers(403, x_ms_error_code="AuthorizationPermissionMismatch"), method="GET")
    table.table_proxy.plays(answers(400, x_ms_error_code="PropertiesNeedValue"), method="POST")
    url = f"{table.table_url}/{table.name}?sv=2019-02-02&si=leads&sig=abcdefgh"
    report = connectors(connection=url).check()
    assert steps_of(report) == [("Table", UNPROVEN), ("Right to add rows", PASSED)]


def test_a_missing_table_is_a_failure_unless_it_may_be_made(connectors: OpenConnector, storage: Storage) -> None:
    report = connectors().check()
    assert steps_of(report) == [("Table", FAILED)]
    assert f"The table {storage.name} does not exist." in first_failure(report)
    allowed = connectors(create_table=True).check()
    assert steps_of(allowed) == [("Table", PASSED), ("Right to add rows", PASSED)]
    with storage.tables() as service:
        assert storage.name not in [found.name for found in service.list_tables()]


def test_a_sas_may_lack_the_right_to_make_a_missing_table(connectors: OpenConnector, storage: Storage) -> None:
    url = storage.account_sas_url(
        resource_types=ResourceTypes(container=True, object=True),
        permission=AccountSasPermissions(read=True, add=True),
    )
    report = connectors(connection=url, create_table=True).check()
    assert steps_of(report)[1:] == [("Table", UNPROVEN), ("Right to add rows", PASSED)]
    assert str(report.steps[1].detail) == "It is missing, and will be created with the first lead."


def test_the_wrong_key_a_missing_right_and_a_dead_host_are_told_apart(
    connectors: OpenConnector, table: Storage
) -> None:
    wrong = connectors(connection=table.connection_string(key="AAAA" * 21 + "AA=="))
    no_right = connectors(connection=f"{table.table_url}/{table.name}?sv=2019-02-02&si=leads&sig=abcdefgh")
    table.table_proxy.plays(answers(403, x_ms_error_code="AuthenticationFailed"), method="GET")
    texts = [first_failure(wrong.check())]
    table.table_proxy.plays(answers(403, x_ms_error_code="AuthorizationPermissionMismatch"), times=2)
    texts.append(first_failure(no_right.check()))
    table.table_proxy.close()
    texts.append(first_failure(connectors().check()))
    assert [text.partition(".")[0] for text in texts] == [
        "The storage account devstoreaccount1 refuses the key",
        "The SAS does not hold the right that is needed (a)",
        "Could not connect to the server",
    ]


def test_a_field_that_can_be_no_column_is_a_failure(connectors: OpenConnector, table: Storage) -> None:
    fields = FieldMap.of([], [Rule("Lead-Source", Origin.FIELD, "lead_source")])
    report = connectors(fields=fields).check()
    assert steps_of(report)[0] == ("Field mapping", FAILED)
    assert "cannot be columns of a table: Lead-Source." in first_failure(report)
    assert rows_in(table) == []


@pytest.mark.parametrize(("status", "result"), [(201, UNPROVEN), (500, UNPROVEN), (409, UNPROVEN)])
def test_an_unexpected_answer_to_the_probe_proves_nothing(
    connectors: OpenConnector, table: Storage, status: int, result: StepResult
) -> None:
    table.table_proxy.plays(answers(status), method="POST")
    report = connectors(connection=table.table_sas_url("a")).check()
    assert steps_of(report)[-1] == ("Right to add rows", result)
