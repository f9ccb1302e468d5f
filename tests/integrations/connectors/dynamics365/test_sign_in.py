"""Signing in with a secret or a certificate, before the first lead and when a token has ended."""

from typing import Any

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.contract import Delivered, FailureKind
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.dynamics365.conftest import OpenConnector, calls_of, deliver, fault, leads_in
from tests.integrations.records import KEY, failure_of, some
from tests.integrations.signing_certificates import pair


def test_a_token_that_ended_early_is_renewed_at_once(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    first, second = some(2)
    deliver(connector, first)
    dataverse.control("clock", {"offset": 4000})
    assert isinstance(deliver(connector, second).result, Delivered)
    assert calls_of(dataverse) == [("POST", 200), ("PATCH", 204), ("PATCH", 401), ("POST", 200), ("PATCH", 204)]


@pytest.mark.parametrize("body", ["empty", "html", "json"])
def test_a_token_revoked_over_there_is_renewed_at_once(
    dataverse: Dataverse, connector: Dynamics365Connector, body: str
) -> None:
    dataverse.control("config", {"variants": {"unauthorized_body": body}})
    first, second = some(2)
    deliver(connector, first)
    dataverse.control("tokens/revoke", {})
    assert isinstance(deliver(connector, second).result, Delivered)
    assert len(calls_of(dataverse, "oauth2")) == 2


def test_a_new_token_that_is_refused_as_well_is_a_matter_of_the_settings(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    fault(dataverse, "respond", status=401, times=2)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause, failure.http_status) == (
        FailureKind.MISCONFIGURED, "dynamics365_token_refused", 401,
    )  # fmt: skip
    assert calls_of(dataverse) == [("POST", 200), ("PATCH", 401), ("POST", 200), ("PATCH", 401)]


def test_a_wrong_secret_reaches_no_lead_and_the_right_one_works_at_once(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    failure = failure_of(deliver(connectors(client_secret="wrong8Q~secret")))
    assert (failure.kind, failure.cause, failure.code) == (
        FailureKind.MISCONFIGURED, "entra_secret_wrong", "AADSTS7000215",
    )  # fmt: skip
    assert calls_of(dataverse) == [("POST", 401)]
    assert isinstance(deliver(connectors()).result, Delivered)


SIGN_INS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"secret_expired": True}, "entra_secret_expired"),
    ({"client_id": "00001111-aaaa-2222-bbbb-3333cccc4444"}, {}, "entra_application_unknown"),
    ({"tenant_id": "aaaabbbb-0000-cccc-1111-dddd2222eeee"}, {}, "entra_tenant_unknown"),
    ({}, {"application": "disabled"}, "entra_application_disabled"),
    ({}, {"conditional_access": "blocks"}, "entra_policy_blocks"),
]


@pytest.mark.parametrize(("typed", "config", "cause"), SIGN_INS)
def test_each_slip_at_the_sign_in_has_its_own_remedy(
    dataverse: Dataverse, connectors: OpenConnector, typed: dict[str, Any], config: dict[str, Any], cause: str
) -> None:
    dataverse.control("config", config)
    failure = failure_of(deliver(connectors(**typed)))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, cause)
    assert [method for method, _status in calls_of(dataverse)] == ["POST"]


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ("50196", "throttled"),
        ("90055", "throttled"),
        ("429", "throttled"),
        ("90033", "temporary"),
        ("503", "temporary"),
    ],
)
def test_trouble_at_the_sign_in_passes(
    dataverse: Dataverse, connector: Dynamics365Connector, trouble: str, kind: str
) -> None:
    dataverse.control("config", {"token_trouble": trouble})
    assert failure_of(deliver(connector)).kind in (kind, FailureKind.THROTTLED)
    assert leads_in(dataverse) == []


def test_a_line_cut_at_the_sign_in_has_sent_no_lead(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    fault(dataverse, "drop_before", "oauth2")
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "entra_sign_in_unanswered")
    assert calls_of(dataverse, "/leads") == []


def test_a_certificate_signs_in_without_a_secret(dataverse: Dataverse, connectors: OpenConnector) -> None:
    texts = pair()
    dataverse.control("config", {"certificate": texts.certificate})
    connector = connectors(sign_in="certificate", client_secret="", certificate=texts.both)
    assert isinstance(deliver(connector).result, Delivered)
    (lead,) = leads_in(dataverse)
    assert lead["key"] == str(KEY)


def test_a_certificate_that_is_not_the_applications_is_refused(dataverse: Dataverse, connectors: OpenConnector) -> None:
    dataverse.control("config", {"certificate": pair(1).certificate})
    connector = connectors(sign_in="certificate", client_secret="", certificate=pair(0).both)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "entra_certificate_refused")
    assert leads_in(dataverse) == []
