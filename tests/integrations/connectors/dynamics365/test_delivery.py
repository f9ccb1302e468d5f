"""One lead at a time, over real sockets against the sandbox's Dataverse."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.connectors.dynamics365.fields import DEFAULT_FIELDS, RULES
from integrations.contract import Arrival, Delivered, Failure, FailureKind, Note, Outcome, Preview, Record
from integrations.mapping import Origin, Rule
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.dynamics365.conftest import KEY_COLUMN, OpenConnector, calls_of, leads_in
from tests.integrations.far_end import FarEnd, Line, answer, answering
from tests.integrations.records import KEY, RECORD, failure_of, some
from tests.integrations.signing_certificates import pair


def deliver(connector: Dynamics365Connector, record: Record = RECORD) -> Outcome:
    (outcome,) = connector.deliver([record])
    assert outcome.key == record.key
    return outcome


def fault(server: Dataverse, action: str, path: str = "/leads", **how: Any) -> None:
    server.control("faults", {"match": {"path": path}, "action": action, **how})


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


OPENS = "etn=lead&pagetype=entityrecord&id="


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


def at_once(calls: list[Callable[[], Outcome]], threads: int = 8) -> list[Outcome]:
    gate = threading.Barrier(min(threads, len(calls)))
    waiting = iter(range(threads))

    def call(each: Callable[[], Outcome]) -> Outcome:
        if next(waiting, None) is not None:
            gate.wait(10)
        return each()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, calls))


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


def test_a_limit_holds_the_destination(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"limits": {"requests": 1}})
    first, second = some(2)
    deliver(connector, first)
    failure = failure_of(deliver(connector, second))
    assert (failure.kind, failure.cause) == (FailureKind.THROTTLED, "dynamics365_too_many_requests")
    assert failure.retry_after is not None
    assert timedelta(0) < failure.retry_after <= timedelta(seconds=300)
    assert len(leads_in(dataverse)) == 1


@pytest.mark.parametrize(
    ("headers", "wait"), [({"Retry-After": "7"}, timedelta(seconds=7)), ({}, None), ({"Retry-After": "soon"}, None)]
)
def test_a_limit_without_a_time_holds_it_too(
    dataverse: Dataverse, connector: Dynamics365Connector, headers: dict[str, str], wait: timedelta | None
) -> None:
    fault(dataverse, "respond", status=429, headers=headers)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause, failure.retry_after) == (FailureKind.THROTTLED, "throttled", wait)


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


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_tried_again_later(
    dataverse: Dataverse, connector: Dynamics365Connector, status: int
) -> None:
    fault(dataverse, "respond", status=status, times=3)
    assert [failure_of(deliver(connector)).kind for _ in range(3)] == [FailureKind.TEMPORARY] * 3
    assert isinstance(deliver(connector).result, Delivered)
    assert len(leads_in(dataverse)) == 1


@pytest.mark.parametrize("path", ["/leads", "oauth2"])
def test_a_page_with_status_200_is_no_success(dataverse: Dataverse, connector: Dynamics365Connector, path: str) -> None:
    fault(dataverse, "garbage", path)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert leads_in(dataverse) == []


@pytest.mark.parametrize("path", ["/leads", "oauth2"])
def test_a_redirect_is_not_followed(dataverse: Dataverse, connector: Dynamics365Connector, path: str) -> None:
    fault(dataverse, "redirect", path)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "redirected")
    assert calls_of(dataverse, "redirected") == []


@pytest.mark.parametrize(
    ("path", "kind", "cause"),
    [
        ("/leads", FailureKind.UNANSWERED, "no_answer_in_time"),
        ("oauth2", FailureKind.TEMPORARY, "entra_sign_in_unanswered"),
    ],
)
def test_an_answer_that_never_ends_takes_bounded_time(
    dataverse: Dataverse, connectors: OpenConnector, path: str, kind: FailureKind, cause: str
) -> None:
    if path == "/leads":
        connectors().check()  # brings the token, with patience
    connector = connectors(impatient=True)
    fault(dataverse, "trickle", path, delay=0.05)
    began = monotonic()
    failure = failure_of(deliver(connector))
    assert monotonic() - began < 5
    assert (failure.kind, failure.cause) == (kind, cause)


def test_a_line_cut_at_the_sign_in_has_sent_no_lead(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    fault(dataverse, "drop_before", "oauth2")
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "entra_sign_in_unanswered")
    assert calls_of(dataverse, "/leads") == []


def test_an_address_inside_is_not_dialled(
    open_connectors: OpenConnector, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    names["contoso.crm4.dynamics.com"] = names["login.microsoftonline.com"] = ["10.0.0.1"]
    failure = failure_of(deliver(open_connectors()))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "address_not_public")
    assert dialled == []


def test_a_server_that_is_away_is_temporary(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    url = far_end.url("")
    far_end.close()
    connector = open_connectors(environment_url=url, token_authority=url, unusual_host=True)
    assert failure_of(deliver(connector)) == Failure(kind=FailureKind.TEMPORARY, cause="cannot_connect")


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


def test_a_plug_in_that_crashes_is_tried_again_later(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"variants": {"plug_in": "crashes"}})
    failure = failure_of(deliver(connector, replace(RECORD, company="REFUSE")))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "dynamics365_plugin_failed")


def test_under_an_alternate_key_the_record_has_an_id_of_its_own(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    connector = connectors(key_column=KEY_COLUMN)
    created = deliver(connector).result
    (lead,) = leads_in(dataverse)
    assert lead["fields"][KEY_COLUMN] == str(KEY)
    assert lead["key"] != str(KEY)
    assert created == Delivered(Arrival.CREATED, lead["key"], f"{dataverse.url}/main.aspx?{OPENS}{lead['key']}")
    assert deliver(connector).result == Delivered(Arrival.ALREADY_THERE, str(KEY))
    (after,) = leads_in(dataverse)
    assert after["fields"] == lead["fields"]


def test_under_an_alternate_key_an_answer_that_got_lost_makes_no_second_record(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    connector = connectors(key_column=KEY_COLUMN)
    fault(dataverse, "commit_then_drop")
    assert failure_of(deliver(connector)).kind is FailureKind.UNANSWERED
    assert deliver(connector).result == Delivered(Arrival.ALREADY_THERE, str(KEY))
    assert len(leads_in(dataverse)) == 1


def test_an_alternate_key_that_is_not_active_stops_the_destination(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    dataverse.control("config", {"keys": {KEY_COLUMN: {"columns": [KEY_COLUMN], "status": "Pending"}}})
    failure = failure_of(deliver(connectors(key_column=KEY_COLUMN)))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "dynamics365_key_not_ready")
    assert failure.params == {"key": KEY_COLUMN}


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


def test_an_endless_answer_is_read_to_a_limit(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    def flood(line: Line) -> None:
        line.read_request()
        line.send(answer(200, b'{"access_token":"eyJ0","expires_in":3599}'))
        line.read_request()
        line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.send(b"a" * 65_536)

    far_end.plays(flood)
    url = far_end.url("")
    connector = open_connectors(environment_url=url, token_authority=url, unusual_host=True)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert len(far_end.requests) == 2


def test_a_whole_delivery_is_bounded_and_a_batch_has_time_to_be_worked_off() -> None:
    limits = Dynamics365Connector.limits
    assert (limits.connect, limits.read, limits.total, limits.answer_bytes) == (5, 100, 120, 1024 * 1024)
    assert Dynamics365Connector.batch_limit == 100
