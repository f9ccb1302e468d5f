"""One lead at a time, over real sockets against the sandbox's Dataverse."""

from dataclasses import replace

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.contract import Arrival, Delivered, FailureKind, Preview
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.dynamics365.conftest import (
    KEY_COLUMN,
    OPENS,
    OpenConnector,
    calls_of,
    deliver,
    fault,
    leads_in,
)
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.records import KEY, RECORD, failure_of


def test_a_lead_stored_before_the_line_broke_is_one_record_afterwards_and_keeps_what_sales_wrote(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    fault(dataverse, "commit_then_drop")
    lost = failure_of(deliver(connector))
    assert (lost.kind, lost.cause) == (FailureKind.UNANSWERED, "connection_lost")
    edit = {"collection": "leads", "key": str(KEY), "fields": {"telephone1": "called, new number"}}
    dataverse.control("records", edit)
    again = deliver(connector).result
    assert again == Delivered(Arrival.ALREADY_THERE, str(KEY), f"{dataverse.url}/main.aspx?{OPENS}{KEY}")
    (lead,) = leads_in(dataverse)
    assert lead["fields"]["telephone1"] == "called, new number"
    assert lead["fields"]["lastname"] == "Park"


def test_a_new_lead_is_one_record_with_every_column(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    names = replace(RECORD, first_name="Zoë", last_name="김민아", company="🚀 عربي", description='a "b" \\ c\nd')
    outcome = deliver(connector, names)
    assert outcome.result == Delivered(Arrival.CREATED, str(KEY), f"{dataverse.url}/main.aspx?{OPENS}{KEY}")
    assert outcome.notes == ()
    (lead,) = leads_in(dataverse)
    columns = lead["fields"]
    assert (columns["leadid"], columns["subject"]) == (str(KEY), "Contoso Firewall")
    assert (columns["firstname"], columns["lastname"], columns["companyname"]) == ("Zoë", "김민아", "🚀 عربي")
    assert (columns["emailaddress1"], columns["telephone1"]) == ("mina.park@fabrikam.example", "821055501234")
    assert (columns["address1_country"], columns["jobtitle"]) == ("KR", "IT manager")
    assert columns["description"] == (
        'a "b" \\ c\nd\n\n--\nOffer: Contoso Firewall\nLead source: AzureMarketplace-INS|contoso.fw\n'
        "Received: 2026-11-22T06:00:00Z\nMarketplace lead: 1f81eb52-5198-4599-803e-771906343485"
    )
    assert (columns["donotemail"], columns["donotphone"], columns["donotbulkemail"]) == (False, False, False)


def test_who_must_not_be_contacted_is_marked_over_there(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    deliver(connector, replace(RECORD, is_dnc=True))
    (lead,) = leads_in(dataverse)
    assert [lead["fields"][name] for name in ("donotemail", "donotphone", "donotbulkemail")] == [True, True, True]


@pytest.mark.parametrize("code", ["", "0x80040237"])
def test_a_repeat_changes_nothing(dataverse: Dataverse, connector: Dynamics365Connector, code: str) -> None:
    dataverse.control("config", {"variants": {"exists_code": code}})
    deliver(connector)
    (before,) = leads_in(dataverse)
    assert deliver(connector, replace(RECORD, company="Other")).result == Delivered(
        Arrival.ALREADY_THERE, str(KEY), f"{dataverse.url}/main.aspx?{OPENS}{KEY}"
    )
    (after,) = leads_in(dataverse)
    assert after["fields"] == before["fields"]
    assert connector.recognises_repeats is True


@pytest.mark.parametrize("key_column", ["", KEY_COLUMN])
def test_a_test_lead_can_be_taken_away_again(dataverse: Dataverse, connectors: OpenConnector, key_column: str) -> None:
    connector = connectors(key_column=key_column)
    outcome = deliver(connector, replace(RECORD, is_test=True))
    (lead,) = leads_in(dataverse)
    assert lead["fields"]["subject"] == "TEST – Contoso Firewall"
    assert isinstance(outcome.result, Delivered)
    assert connector.remove(outcome.result, outcome.key) is True
    assert leads_in(dataverse) == []
    assert connector.remove(outcome.result, outcome.key) is False


def test_a_test_lead_that_may_not_be_deleted_stays(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"privileges": ["prvCreateLead"]})
    outcome = deliver(connector, replace(RECORD, is_test=True))
    assert isinstance(outcome.result, Delivered)
    assert connector.remove(outcome.result, outcome.key) is False
    fault(dataverse, "drop_before", times=1)
    assert connector.remove(outcome.result, outcome.key) is False
    assert len(leads_in(dataverse)) == 1


def test_what_is_shown_beforehand_is_what_is_sent(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    record = replace(RECORD, offer_title="x" * 301)
    preview = connector.preview(record)
    assert calls_of(dataverse) == []
    outcome = deliver(connector, record)
    assert outcome.exchange is not None
    assert preview == Preview(preview.exchange, outcome.notes)
    assert preview.exchange is not None
    assert preview.exchange.response_status is None
    assert (preview.exchange.method, preview.exchange.url) == (outcome.exchange.method, outcome.exchange.url)
    assert preview.exchange.request_body == outcome.exchange.request_body
    shown = {name: value for name, value in outcome.exchange.request_headers.items() if name != "Authorization"}
    assert preview.exchange.request_headers == shown


def test_a_lead_goes_out_with_the_documented_headers(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    deliver(connector)
    (token, create) = dataverse.control("requests")["requests"]
    assert token["path"].endswith("/oauth2/v2.0/token")
    headers = {name.lower(): value for name, value in create["headers"]}
    assert create["path"] == f"/api/data/v9.2/leads({KEY})"
    assert {name: headers[name] for name in ("accept", "content-type", "odata-maxversion", "odata-version")} == {
        "accept": "application/json", "content-type": "application/json; charset=utf-8", "odata-maxversion": "4.0",
        "odata-version": "4.0",
    }  # fmt: skip
    assert headers["if-none-match"] == "*"
    assert headers["user-agent"].startswith("Lead-CRM")
    assert "mscrm.suppressduplicatedetection" not in headers


def test_the_connection_is_kept_and_given_back(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    token = answer(200, b'{"access_token":"eyJ0","expires_in":3599}')
    far_end.plays(answering(token, answer(412), answer(412)))
    url = far_end.url("")
    with open_connectors(environment_url=url, token_authority=url, unusual_host=True) as connector:
        deliver(connector)
        deliver(connector)
        assert (far_end.connections, len(far_end.requests)) == (1, 3)
    far_end.wait_for_end_of_line()


def test_the_api_host_is_not_where_people_open_a_record(open_connectors: OpenConnector) -> None:
    connector = open_connectors(environment_url="https://contoso.api.crm4.dynamics.com")
    linked = connector._linked(Delivered(Arrival.CREATED, str(KEY)), KEY)
    assert linked.external_url == f"https://contoso.crm4.dynamics.com/main.aspx?{OPENS}{KEY}"
