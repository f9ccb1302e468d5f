"""One blob for each lead, at Microsoft's own emulator, with a proxy before it for what it never does."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integrations.contract import Arrival, Delivered, FailureKind
from integrations.mapping import FieldMap, Origin, Rule
from tests.azurite.storage import Storage
from tests.fault_proxy import answers, commits_then_drops, drops, hangs
from tests.integrations.connectors.azure_blob.conftest import OpenConnector, blobs_in, text_of
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

NAME = f"2026/11/22/{RECORD.key}.json"


def test_a_lost_answer_makes_one_blob_in_the_end_and_spares_what_somebody_changed(
    connectors: OpenConnector, container: Storage
) -> None:
    container.blob_proxy.plays(commits_then_drops)
    connector = connectors()
    (lost,) = connector.deliver([RECORD])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "connection_lost")
    with container.blobs() as service:
        service.get_blob_client(container.name, NAME).upload_blob(b"edited", overwrite=True)
    (again,) = connector.deliver([RECORD])
    assert again.result == Delivered(Arrival.ALREADY_THERE, NAME)
    assert blobs_in(container) == {NAME: b"edited"}
    assert len(container.blob_proxy.requests) == 2


def test_a_blob_holds_the_lead_as_one_object_of_json(connectors: OpenConnector, container: Storage) -> None:
    odd = replace(RECORD, first_name="Zoë 김민아 🚀", last_name="עברית", description='a\n"b" <c>', title="")
    (outcome,) = connectors(folder="leads/new").deliver([odd])
    assert outcome.result == Delivered(Arrival.CREATED, f"leads/new/{NAME}")
    content = blobs_in(container)[f"leads/new/{NAME}"]
    assert content.endswith(b"}\n")
    assert json.loads(content) == {
        "Id": str(RECORD.key),
        "ReceivedAt": "2026-11-22T06:00:00Z",
        "FirstName": "Zoë 김민아 🚀",
        "LastName": "עברית",
        "Email": "mina.park@fabrikam.example",
        "Phone": "821055501234",
        "Country": "KR",
        "Company": "Fabrikam",
        "LeadSource": "AzureMarketplace-INS|contoso.fw",
        "ActionCode": "INS",
        "OfferTitle": "Contoso Firewall",
        "Description": 'a\n"b" <c>',
    }


def test_a_blob_says_what_it_is_and_whose(connectors: OpenConnector, container: Storage) -> None:
    connectors().deliver([RECORD])
    with container.blobs() as service:
        found = service.get_blob_client(container.name, NAME).get_blob_properties()
    assert found.content_settings.content_type == "application/json; charset=utf-8"
    assert found.metadata == {"leadid": str(RECORD.key)}
    (request,) = container.blob_proxy.requests
    assert (request.method, request.headers["if-none-match"]) == ("PUT", "*")


def test_the_day_is_that_of_utc(connectors: OpenConnector, container: Storage) -> None:
    west = datetime.fromisoformat("2026-11-30T20:00:00-08:00")
    (outcome,) = connectors().deliver([replace(RECORD, received_at=west)])
    assert delivered(outcome).external_id == f"2026/12/01/{RECORD.key}.json"


def test_the_mapping_decides_what_is_written_and_the_key_stays(connectors: OpenConnector, container: Storage) -> None:
    rules = [Rule("Id", Origin.FIELD, "email"), Rule("Mail", Origin.FIELD, "email"), Rule("From", Origin.CONSTANT, "M")]
    connectors(fields=FieldMap.of([], rules)).deliver([RECORD])
    assert json.loads(text_of(container, NAME)) == {
        "Id": str(RECORD.key), "ReceivedAt": "2026-11-22T06:00:00Z", "Mail": RECORD.email, "From": "M",
    }  # fmt: skip


def test_two_workers_with_the_same_lead_make_one_blob(connectors: OpenConnector, container: Storage) -> None:
    connector = connectors()
    with ThreadPoolExecutor(8) as workers:
        outcomes = list(workers.map(lambda _number: connector.deliver([RECORD])[0], range(8)))
    assert sorted(delivered(outcome).arrival for outcome in outcomes) == ["already_there"] * 7 + ["created"]
    assert len(blobs_in(container)) == 1


@pytest.mark.parametrize("permission", ["w", "cw", "rcw", "c", "rc"])
def test_with_any_sas_that_may_write_a_repeat_is_recognised(
    connectors: OpenConnector, container: Storage, permission: str
) -> None:
    connector = connectors(connection=container.container_sas_url(permission))
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.CREATED
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.ALREADY_THERE
    assert list(blobs_in(container)) == [NAME]


def test_a_sas_that_has_lost_its_right_is_not_taken_for_a_repeat(connectors: OpenConnector, container: Storage) -> None:
    container.blob_proxy.plays(answers(403, x_ms_error_code="AuthorizationPermissionMismatch"), times=9)
    (outcome,) = connectors(connection=container.container_sas_url("c")).deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "azure_sas_right_missing")
    assert failure.params["right"] == "c, w"
    assert len(container.blob_proxy.requests) == 3


@pytest.mark.parametrize(
    "code", ["BlobAlreadyExists", "UnauthorizedBlobOverwrite", "BlobImmutableDueToPolicy", "BlobArchived"]
)
def test_whatever_keeps_our_own_blob_from_being_written_again_says_that_it_is_there(
    connectors: OpenConnector, container: Storage, code: str
) -> None:
    container.blob_proxy.plays(answers(409, x_ms_error_code=code))
    (outcome,) = connectors().deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.ALREADY_THERE


def test_a_missing_container_is_made_where_that_is_allowed(connectors: OpenConnector, storage: Storage) -> None:
    (outcome,) = connectors(create_container=True).deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert [request.method for request in storage.blob_proxy.requests] == ["PUT", "PUT", "PUT"]
    with storage.blobs() as service:
        assert service.get_container_client(storage.name).get_container_properties().public_access is None


def test_a_missing_container_is_named_where_it_may_not_be_made(connectors: OpenConnector, storage: Storage) -> None:
    (outcome,) = connectors().deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "azure_container_not_found")
    assert failure.params["name"] == storage.name


def test_a_container_that_is_being_deleted_is_left_alone(connectors: OpenConnector, container: Storage) -> None:
    container.blob_proxy.plays(answers(409, x_ms_error_code="ContainerBeingDeleted"))
    (outcome,) = connectors().deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "azure_being_deleted")
    assert failure.escalates is not None


def test_faults_of_the_network_leave_it_open_whether_the_lead_arrived(
    connectors: OpenConnector, container: Storage
) -> None:
    container.blob_proxy.plays(drops)
    container.blob_proxy.plays(hangs)
    connector = connectors(impatient=True)
    causes = [failure_of(connector.deliver([RECORD])[0]).cause for _number in range(2)]
    assert causes == ["connection_lost", "no_answer_in_time"]
    assert blobs_in(container) == {}


def test_a_page_with_a_good_status_is_no_delivery(connectors: OpenConnector, container: Storage) -> None:
    container.blob_proxy.plays(answers(200, b"<html>Back soon</html>", Content_Type="text/html"))
    (outcome,) = connectors().deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert blobs_in(container) == {}


def test_one_that_is_refused_does_not_keep_the_others_back(connectors: OpenConnector, container: Storage) -> None:
    container.blob_proxy.plays(answers(413, x_ms_error_code="RequestBodyTooLarge"))
    bad, good = connectors().deliver(some(2))
    assert kind_and_cause(bad) == (FailureKind.REJECTED, "record_too_large")
    assert delivered(good).arrival is Arrival.CREATED


def test_what_went_over_the_wire_is_kept(connectors: OpenConnector, container: Storage) -> None:
    (outcome,) = connectors().deliver([RECORD])
    exchange = outcome.exchange
    assert exchange
    assert (exchange.method, exchange.response_status) == ("PUT", 201)
    assert exchange.url == f"{container.blob_url}/{container.name}/{NAME}"
    assert json.loads(exchange.request_body)["Email"] == RECORD.email


def test_a_test_blob_can_be_removed_and_another_cannot(connectors: OpenConnector, container: Storage) -> None:
    connector = connectors()
    (first,) = connector.deliver([RECORD])
    (again,) = connector.deliver([RECORD])
    assert connector.remove(delivered(again), RECORD.key) is False
    assert connector.remove(delivered(first), some(1)[0].key) is False
    assert connector.remove(delivered(first), RECORD.key) is True
    assert blobs_in(container) == {}


def test_the_preview_shows_the_blob_and_sends_nothing(connectors: OpenConnector, container: Storage) -> None:
    preview = connectors(folder="x y").preview(RECORD)
    assert preview.exchange
    assert preview.exchange.url == f"{container.blob_url}/{container.name}/x%20y/{NAME}"
    assert json.loads(preview.exchange.request_body)["Id"] == str(RECORD.key)
    assert preview.exchange.request_headers["If-None-Match"] == "*"
    assert container.blob_proxy.requests == []


def test_a_lead_of_last_year_goes_into_its_own_day(connectors: OpenConnector, container: Storage) -> None:
    old = replace(RECORD, received_at=datetime(2025, 1, 2, tzinfo=UTC))
    assert delivered(connectors().deliver([old])[0]).external_id == f"2025/01/02/{RECORD.key}.json"
