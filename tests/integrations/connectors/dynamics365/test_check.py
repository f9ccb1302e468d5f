"""What a check proves, step by step; and that it writes nothing."""

import json
from time import monotonic
from typing import Any

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.connectors.dynamics365.fields import DEFAULT_FIELDS, RULES
from integrations.contract import CheckReport, Failure
from integrations.mapping import FieldMap, Origin, Rule, TargetField, ValueType
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.dynamics365.conftest import (
    KEY_COLUMN,
    OpenConnector,
    calls_of,
    leads_in,
    settings_for,
)
from tests.integrations.far_end import FarEnd, Line, answer, answering
from tests.integrations.records import RECORD

SIGN_IN, USER, PERMISSION = "Sign-in", "Application user", "Permission to create leads"
MAPPING, KEY = "Field mapping", "Alternate key"


def in_words(report: CheckReport) -> dict[str, tuple[str, str]]:
    return {str(step.label): (step.result.value, str(step.detail)) for step in report.steps}


def results(report: CheckReport) -> list[tuple[str, str]]:
    return [(str(step.label), step.result.value) for step in report.steps]


def fault(server: Dataverse, path: str, status: int, **how: Any) -> None:
    server.control("faults", {"match": {"path": path}, "action": "respond", "status": status, "times": None, **how})


def test_all_good_is_proved_without_writing(dataverse: Dataverse, connectors: OpenConnector) -> None:
    report = connectors().check()
    assert results(report) == [(SIGN_IN, "passed"), (USER, "passed"), (PERMISSION, "passed"), (MAPPING, "passed")]
    assert {method for method, _status in calls_of(dataverse, "/api/")} == {"GET"}
    assert leads_in(dataverse) == []


def test_reads_bypass_every_cache(dataverse: Dataverse, connectors: OpenConnector) -> None:
    connectors().check()
    reads = [each for each in dataverse.control("requests")["requests"] if each["method"] == "GET"]
    for read in reads:
        headers = {name.lower(): value for name, value in read["headers"]}
        assert headers["if-none-match"] == "null"
        assert "content-type" not in headers


def test_the_columns_over_there_are_told_with_their_lengths(dataverse: Dataverse, connectors: OpenConnector) -> None:
    dataverse.control("config", {"columns": {"subject": {"max_length": 111}}})
    fields = {field.name: field for field in connectors().check().fields}
    assert (fields["subject"].max_length, fields["description"].max_length) == (111, 2000)
    assert (fields["subject"].multiline, fields["description"].multiline) == (False, True)
    assert fields["emailaddress1"].type is ValueType.EMAIL
    assert fields["donotemail"].type is ValueType.BOOLEAN
    assert fields[KEY_COLUMN].max_length == 36
    known = DEFAULT_FIELDS.described_by(fields.values())
    assert known.targets["subject"].required is True
    assert known.problems() == []


SLIPS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"client_secret": "wrong8Q~secret"}, {}, SIGN_IN, "Microsoft refuses the client secret: it is wrong."),
    ({"tenant_id": "aaaabbbb-0000-cccc-1111-dddd2222eeee"}, {}, SIGN_IN, "There is no directory with this tenant ID."),
    ({"client_id": "00001111-aaaa-2222-bbbb-3333cccc4444"}, {}, SIGN_IN,
     "This directory has no application with this client ID."),
    ({}, {"application_user": "missing"}, USER, "The environment has no application user with this client ID."),
    ({}, {"roles": []}, USER, "The application user has no security role."),
    ({}, {"privileges": ["prvReadUser", "prvReadEntity"]}, PERMISSION,
     "The application user's role lacks the privilege prvCreateLead."),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "config", "step", "meaning"), SLIPS)
def test_each_slip_fails_its_step_in_its_own_words(
    dataverse: Dataverse, connectors: OpenConnector, typed: dict[str, Any], config: dict[str, Any], step: str,
    meaning: str,
) -> None:  # fmt: skip
    dataverse.control("config", config)
    result, detail = in_words(connectors(**typed).check())[step]
    assert result == "failed"
    assert detail.startswith(meaning)
    assert leads_in(dataverse) == []


def test_after_a_failed_sign_in_nothing_more_is_asked(dataverse: Dataverse, connectors: OpenConnector) -> None:
    report = connectors(client_secret="wrong8Q~secret").check()
    assert results(report) == [(SIGN_IN, "failed")]
    assert calls_of(dataverse) == [("POST", 401)]
    assert report.fields == ()


def test_a_secret_that_was_taken_back_shows_though_a_token_is_kept(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    assert not isinstance(connector.deliver([RECORD])[0].result, Failure)
    dataverse.control("config", {"secret_expired": True})
    report = connector.check()
    assert results(report) == [(SIGN_IN, "failed")]
    assert in_words(report)[SIGN_IN][1].startswith("The client secret has expired.")


def test_a_check_is_bounded_as_a_whole(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    def slowly(line: Line) -> None:
        for content in GOOD:
            line.read_request()
            far_end.over.wait(0.15)
            line.send(answer(200, json.dumps(content).encode()))

    far_end.plays(slowly)
    url = far_end.url("")
    connector = open_connectors(
        environment_url=url, token_authority=url, unusual_host=True, key_column=KEY_COLUMN, impatient=True
    )
    began = monotonic()
    report = connector.check()
    assert monotonic() - began < 3 * IMPATIENT.total
    assert results(report)[0] == (SIGN_IN, "passed")
    assert "failed" in {result for _label, result in results(report)}
    assert len(far_end.requests) <= 3


class HastyConnector(Dynamics365Connector):
    longest_check = 0.3


def test_no_check_waits_for_as_long_as_a_batch_may_take(far_end: FarEnd) -> None:
    far_end.plays(Line.hang)
    url = far_end.url("")
    began = monotonic()
    with HastyConnector(settings_for(environment_url=url, token_authority=url, unusual_host=True)) as connector:
        report = connector.check()
    assert monotonic() - began < 3
    assert results(report) == [(SIGN_IN, "failed")]
    assert Dynamics365Connector.longest_check < Dynamics365Connector.limits.read


def test_a_host_that_is_away_fails_the_sign_in(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    url = far_end.url("")
    far_end.close()
    report = open_connectors(environment_url=url, token_authority=url, unusual_host=True).check()
    ((label, (result, detail)),) = in_words(report).items()
    assert (label, result) == (SIGN_IN, "failed")
    assert detail.startswith("Could not connect to the server.")


def test_an_environment_that_is_away_fails_the_second_step(
    dataverse: Dataverse, connectors: OpenConnector, far_end: FarEnd
) -> None:
    dataverse.control("config", {"resources": [far_end.url("")]})
    url = far_end.url("")
    far_end.close()
    report = connectors(environment_url=url).check()
    assert results(report) == [(SIGN_IN, "passed"), (USER, "failed")]


@pytest.mark.parametrize("body", ["<html></html>", "{}", '{"UserId":7}', '{"UserId":"../../x"}'])
def test_an_answer_that_names_no_user_is_none_of_dataverse(
    dataverse: Dataverse, connectors: OpenConnector, body: str
) -> None:
    fault(dataverse, "WhoAmI", 200, body=body)
    result, detail = in_words(connectors().check())[USER]
    assert result == "failed"
    assert detail.startswith("The server answered, but not as this kind of system does")


@pytest.mark.parametrize("how", ["bad_request", "missing"])
def test_a_privilege_that_cannot_be_asked_for_is_not_proved(
    dataverse: Dataverse, connectors: OpenConnector, how: str
) -> None:
    dataverse.control("config", {"variants": {"privilege_function": how}})
    report = in_words(connectors().check())
    assert report[PERMISSION] == ("unproven", "Dataverse does not tell. Only a test lead shows it.")
    assert report[MAPPING][0] == "passed"


MAPPINGS = [
    (Rule("cr1_campaign", Origin.CONSTANT, "x"),
     "The field mapping names the column cr1_campaign, which the table Lead does not have."),
    (Rule("fullname", Origin.FIELD, "last_name"),
     "The field mapping names the column fullname, which cannot be written."),
    (Rule("leadqualitycode", Origin.CONSTANT, "9"),
     "The column leadqualitycode is a list, and 9 is none of its values."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "meaning"), MAPPINGS)
def test_a_mapping_that_does_not_fit_fails_with_the_columns_name(
    dataverse: Dataverse, connectors: OpenConnector, rule: Rule, meaning: str
) -> None:
    report = connectors(fields=DEFAULT_FIELDS.with_rules([*RULES, rule])).check()
    result, detail = in_words(report)[MAPPING]
    assert result == "failed"
    assert detail.startswith(meaning)
    assert report.fields


def test_all_columns_that_are_missing_are_named_at_once(connectors: OpenConnector) -> None:
    rules = [*RULES, Rule("cr1_a", Origin.CONSTANT, "x"), Rule("cr1_b", Origin.CONSTANT, "x")]
    report = in_words(connectors(fields=DEFAULT_FIELDS.with_rules(rules)).check())
    assert "names the column cr1_a, cr1_b, which" in report[MAPPING][1]


def test_columns_that_may_not_be_read_are_not_proved(dataverse: Dataverse, connectors: OpenConnector) -> None:
    fault(dataverse, "EntityDefinitions", 403)
    report = connectors(key_column=KEY_COLUMN).check()
    words = in_words(report)
    assert (words[MAPPING][0], words[KEY][0]) == ("unproven", "unproven")
    assert report.fields == ()


def test_an_environment_without_the_table_fails(dataverse: Dataverse, connectors: OpenConnector) -> None:
    dataverse.control("config", {"lead_table": False})
    result, detail = in_words(connectors().check())[MAPPING]
    assert result == "failed"
    assert detail.startswith("This environment has no table Lead.")


@pytest.mark.parametrize(
    ("status", "result", "begins"),
    [
        ("Active", "passed", ""),
        ("Pending", "failed", "The alternate key on new_marketplaceleadid is still being built (its state: Pending)."),
        ("InProgress", "failed", "The alternate key on new_marketplaceleadid is still being built"),
        ("Failed", "failed", "The alternate key on new_marketplaceleadid is still being built (its state: Failed)."),
    ],
)
def test_an_alternate_key_must_be_active(
    dataverse: Dataverse, connectors: OpenConnector, status: str, result: str, begins: str
) -> None:
    dataverse.control("config", {"keys": {KEY_COLUMN: {"columns": [KEY_COLUMN], "status": status}}})
    found, detail = in_words(connectors(key_column=KEY_COLUMN).check())[KEY]
    assert found == result
    assert detail.startswith(begins)


def test_a_column_without_a_key_is_told(connectors: OpenConnector) -> None:
    result, detail = in_words(connectors(key_column="new_other").check())[KEY]
    assert result == "failed"
    assert detail.startswith("The column new_other has no alternate key, or the key is not active yet.")


USER_ID = "0b91c1d2-0000-4e11-9ae7-000d3a2b3c4d"
GOOD = [
    {"access_token": "eyJ0", "expires_in": 3599},
    {"UserId": USER_ID},
    {"RolePrivileges": [{"PrivilegeName": "prvCreateLead"}]},
    {"value": []},
    {"value": []},
    {"value": [{"LogicalName": "leadsourcecode", "AttributeType": "Picklist", "IsValidForCreate": True}]},
    {"value": [{"LogicalName": "leadsourcecode", "OptionSet": {"Options": [{"Value": 8}]}}]},
    {"Keys": [{"KeyAttributes": [KEY_COLUMN], "EntityKeyIndexStatus": "Active"}]},
]


@pytest.mark.parametrize(
    ("good", "step"),
    [(0, SIGN_IN), (1, USER), (2, PERMISSION), (3, MAPPING), (4, MAPPING), (5, MAPPING), (6, MAPPING), (7, KEY)],
)
def test_a_line_that_breaks_fails_the_step_it_broke_in(
    far_end: FarEnd, open_connectors: OpenConnector, good: int, step: str
) -> None:
    def then_broken(line: Line) -> None:
        for content in GOOD[:good]:
            line.read_request()
            line.send(answer(200, json.dumps(content).encode()))
        line.read_request()

    far_end.plays(then_broken, lambda line: line.close())
    url = far_end.url("")
    connector = open_connectors(environment_url=url, token_authority=url, unusual_host=True, key_column=KEY_COLUMN)
    failing = [label for label, result in results(connector.check()) if result == "failed"]
    assert failing[0] == step


def test_a_whole_description_brings_lists_with_their_values(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    far_end.plays(answering(*(answer(200, json.dumps(content).encode()) for content in GOOD)))
    url = far_end.url("")
    connector = open_connectors(environment_url=url, token_authority=url, unusual_host=True, key_column=KEY_COLUMN)
    report = connector.check()
    assert report.fields == (TargetField(name="leadsourcecode", type=ValueType.NUMBER, choices=("8",)),)
    asked = [request.line.split(" ")[1].removeprefix("/api/data/v9.2/") for request in far_end.requests[1:]]
    assert asked == [
        "WhoAmI",
        f"systemusers({USER_ID})/Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName"
        "(PrivilegeName='prvCreateLead')",
        "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata"
        "?$select=LogicalName,MaxLength,IsValidForCreate",
        "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.MemoAttributeMetadata"
        "?$select=LogicalName,MaxLength,IsValidForCreate",
        "EntityDefinitions(LogicalName='lead')/Attributes?$select=LogicalName,SchemaName,AttributeType,IsValidForCreate",
        "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
        "?$select=LogicalName&$expand=OptionSet($select=Options)",
        "EntityDefinitions(LogicalName='lead')?$select=LogicalName&$expand=Keys($select=LogicalName,KeyAttributes,"
        "EntityKeyIndexStatus)",
    ]


def test_a_limit_reached_by_the_check_is_told_as_one(dataverse: Dataverse, connectors: OpenConnector) -> None:
    fault(dataverse, "WhoAmI", 429, headers={"Retry-After": "5"})
    result, detail = in_words(connectors().check())[USER]
    assert result == "failed"
    assert detail.startswith("The receiving system asks for fewer requests.")


def test_a_mapping_of_ones_own_is_what_is_checked(connectors: OpenConnector) -> None:
    fields = FieldMap.of([], [Rule("subject", Origin.CONSTANT, "x")])
    assert in_words(connectors(fields=fields).check())[MAPPING][0] == "passed"
