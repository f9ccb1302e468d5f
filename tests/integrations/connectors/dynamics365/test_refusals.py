"""What Dataverse refuses, one lead at a time: who must act, and how long the text may be."""

from dataclasses import replace
from typing import Any

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.connectors.dynamics365.fields import DEFAULT_FIELDS, RULES
from integrations.contract import Delivered, FailureKind, Note
from integrations.mapping import Origin, Rule
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.dynamics365.conftest import OpenConnector, calls_of, deliver, fault, leads_in
from tests.integrations.records import RECORD, failure_of, some

REFUSALS: list[tuple[dict[str, Any], str, dict[str, str]]] = [
    ({"application_user": "missing"}, "dynamics365_no_application_user", {}),
    ({"application_user": "disabled"}, "dynamics365_user_disabled", {}),
    ({"application_allowed": False}, "dynamics365_application_blocked", {}),
    ({"roles": []}, "dynamics365_no_role", {}),
    ({"privileges": ["prvReadLead"]}, "dynamics365_privilege_missing", {"privilege": "prvCreateLead"}),
    ({"variants": {"create_only_needs": ["prvAppendLead"]}}, "dynamics365_privilege_missing",
     {"privilege": "prvAppendLead"}),
    ({"lead_table": False}, "dynamics365_no_lead_table", {}),
]  # fmt: skip


@pytest.mark.parametrize(("config", "cause", "params"), REFUSALS)
def test_each_slip_in_the_environment_has_its_own_remedy(
    dataverse: Dataverse, connector: Dynamics365Connector, config: dict[str, Any], cause: str, params: dict[str, str]
) -> None:
    dataverse.control("config", config)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause, dict(failure.params)) == (FailureKind.MISCONFIGURED, cause, params)
    assert leads_in(dataverse) == []


MAPPINGS = [
    (Rule("cr1_campaign", Origin.CONSTANT, "spring"), "dynamics365_column_unknown", {"column": "cr1_campaign"}),
    (Rule("leadsourcecode", Origin.CONSTANT, "77"), "dynamics365_choice_unknown",
     {"column": "leadsourcecode", "value": "77"}),
    (Rule("leadsourcecode", Origin.CONSTANT, "Web"), "dynamics365_value_of_wrong_type", {"type": "Edm.Int32"}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "cause", "params"), MAPPINGS)
def test_each_slip_in_the_mapping_has_its_own_remedy(
    dataverse: Dataverse, connectors: OpenConnector, rule: Rule, cause: str, params: dict[str, str]
) -> None:
    connector = connectors(fields=DEFAULT_FIELDS.with_rules([*RULES, rule]))
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause, dict(failure.params)) == (FailureKind.MISCONFIGURED, cause, params)
    assert leads_in(dataverse) == []


def test_plug_ins_may_refuse_one_lead(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"variants": {"plug_in": "refuses"}})
    failure = failure_of(deliver(connector, replace(RECORD, company="REFUSE")))
    assert (failure.kind, failure.cause) == (FailureKind.REJECTED, "dynamics365_plugin_refused")
    assert isinstance(deliver(connector).result, Delivered)


def test_plug_ins_that_refuse_three_leads_in_a_row_stop_the_destination(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    dataverse.control("config", {"variants": {"plug_in": "refuses_500"}})
    failures = [failure_of(deliver(connector, record)) for record in some(3, company="REFUSE")]
    assert [failure.kind for failure in failures] == ["rejected", "rejected", "misconfigured"]
    assert (failures[2].cause, failures[2].resumes_itself) == ("dynamics365_plugin_refuses_all", False)


def test_texts_that_are_too_long_arrive_cut_and_the_cut_is_noted(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    outcome = deliver(connector, replace(RECORD, offer_title="é🚀" * 120, description="n" * 3000))
    assert isinstance(outcome.result, Delivered)
    assert outcome.notes == (
        Note("cut", {"field": "subject", "length": 360, "limit": 300}),
        Note("cut", {"field": "description", "length": 3000, "limit": 2000}),
    )
    (lead,) = leads_in(dataverse)
    assert lead["fields"]["subject"] == "é🚀" * 100
    assert len(lead["fields"]["description"].encode("utf-16-le")) == 4000


def test_a_length_that_the_environment_changed_is_learnt_from_its_refusal(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    dataverse.control("config", {"columns": {"subject": {"max_length": 20}}})
    first, second = some(2, offer_title="Contoso Firewall for Everybody")
    outcome = deliver(connector, first)
    assert isinstance(outcome.result, Delivered)
    assert outcome.notes == (
        Note("cut", {"field": "subject", "length": 30, "limit": 20}),
        Note("sent_again_shorter", {"field": "subject", "limit": 20}),
    )
    assert deliver(connector, second).notes == (Note("cut", {"field": "subject", "length": 30, "limit": 20}),)
    assert [lead["fields"]["subject"] for lead in leads_in(dataverse)] == ["Contoso Firewall for"] * 2
    assert calls_of(dataverse, "/leads") == [("PATCH", 400), ("PATCH", 204), ("PATCH", 204)]


def test_a_refused_length_is_tried_once_more_and_not_again(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    dataverse.control("config", {"columns": {"subject": {"max_length": 5}, "companyname": {"max_length": 3}}})
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.REJECTED, "dynamics365_text_too_long")
    assert calls_of(dataverse, "/leads") == [("PATCH", 400), ("PATCH", 400)]


def test_a_length_that_nothing_exceeds_by_our_count_is_not_tried_again(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    body = (
        '{"error":{"code":"0x80044331","message":"A validation error occurred. The length of the \'subject\' attribute '
        "of the 'lead' entity exceeded the maximum allowed length of '300'.\"}}"
    )
    fault(dataverse, "respond", status=400, body=body)
    assert failure_of(deliver(connector)).params == {"column": "subject", "limit": "300"}
    assert len(calls_of(dataverse, "/leads")) == 1
