"""The check proves what it says, and writes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.contract import CheckReport, StepResult
from tests.azurite.storage import Storage
from tests.fault_proxy import answers
from tests.integrations.connectors.azure_blob.conftest import OpenConnector, blobs_in

PASSED, WARNING, FAILED, UNPROVEN = StepResult.PASSED, StepResult.WARNING, StepResult.FAILED, StepResult.UNPROVEN
IN_A_YEAR = datetime.now(UTC) + timedelta(days=365)


def steps_of(report: CheckReport) -> list[tuple[str, StepResult]]:
    return [(str(step.label), step.result) for step in report.steps]


def first_failure(report: CheckReport) -> str:
    return next(str(step.detail) for step in report.steps if step.result is FAILED)


def test_with_the_key_everything_is_proved(connectors: OpenConnector, container: Storage) -> None:
    assert steps_of(connectors().check()) == [("Container", PASSED), ("Right to write", PASSED)]
    assert blobs_in(container) == {}


@pytest.mark.parametrize("permission", ["w", "c", "rcw"])
def test_a_sas_of_the_container_proves_its_right_to_write(
    connectors: OpenConnector, container: Storage, permission: str
) -> None:
    connector = connectors(connection=container.container_sas_url(permission, expiry=IN_A_YEAR))
    assert steps_of(connector.check()) == [
        ("Shared access signature (SAS)", PASSED),
        ("Container", UNPROVEN),
        ("Right to write", PASSED),
    ]
    assert blobs_in(container) == {}


def test_a_file_for_each_day_asks_for_the_right_to_read(connectors: OpenConnector, container: Storage) -> None:
    url = container.container_sas_url("racw", expiry=IN_A_YEAR)
    report = connectors(layout="lines", connection=url).check()
    assert steps_of(report)[-1] == ("Right to read", PASSED)
    container.blob_proxy.plays(answers(403, x_ms_error_code="AuthorizationPermissionMismatch"), method="HEAD")
    assert steps_of(connectors(layout="csv", connection=url).check())[-1] == ("Right to read", FAILED)


def test_a_sas_without_the_right_fails(connectors: OpenConnector, container: Storage) -> None:
    container.blob_proxy.plays(answers(403, x_ms_error_code="AuthorizationPermissionMismatch"), method="PUT")
    report = connectors(connection=container.container_sas_url("w")).check()
    assert steps_of(report)[-1] == ("Right to write", FAILED)
    assert "The SAS does not hold the right that is needed (c, w)." in first_failure(report)


def test_a_missing_container_is_a_failure_unless_it_may_be_made(connectors: OpenConnector, storage: Storage) -> None:
    report = connectors().check()
    assert steps_of(report) == [("Container", FAILED)]
    assert f"The container {storage.name} does not exist." in first_failure(report)
    allowed = connectors(create_container=True).check()
    assert steps_of(allowed) == [("Container", PASSED), ("Right to write", PASSED)]
    with storage.blobs() as service:
        assert not service.get_container_client(storage.name).exists()


def test_a_sas_of_a_missing_container_is_seen_by_the_probe(connectors: OpenConnector, storage: Storage) -> None:
    url = storage.container_sas_url("cw")
    assert steps_of(connectors(connection=url).check())[-1] == ("Right to write", FAILED)
    assert steps_of(connectors(connection=url, create_container=True).check())[-1] == ("Right to write", UNPROVEN)


def test_a_container_that_anybody_may_read_is_warned_of(connectors: OpenConnector, storage: Storage) -> None:
    with storage.blobs() as service:
        service.create_container(storage.name, public_access="blob")
    assert steps_of(connectors().check()) == [
        ("Container", PASSED),
        ("Anonymous access", WARNING),
        ("Right to write", PASSED),
    ]


@pytest.mark.parametrize("status", [201, 500, 409])
def test_an_unexpected_answer_to_the_probe_proves_nothing(
    connectors: OpenConnector, container: Storage, status: int
) -> None:
    container.blob_proxy.plays(answers(status), method="PUT")
    report = connectors(connection=container.container_sas_url("w")).check()
    assert steps_of(report)[-1] == ("Right to write", UNPROVEN)


def test_the_wrong_key_a_closed_firewall_and_a_dead_host_are_told_apart(
    connectors: OpenConnector, container: Storage
) -> None:
    container.blob_proxy.plays(answers(403, x_ms_error_code="AuthenticationFailed"))
    container.blob_proxy.plays(answers(403, x_ms_error_code="AuthorizationFailure"))
    texts = [first_failure(connectors().check()) for _number in range(2)]
    container.blob_proxy.close()
    texts.append(first_failure(connectors().check()))
    assert [text.partition(".")[0] for text in texts] == [
        "The storage account devstoreaccount1 refuses the key",
        "The storage account devstoreaccount1 does not let this request in: its firewall keeps this server's address "
        "out, or the credentials do not reach so far",
        "Could not connect to the server",
    ]
