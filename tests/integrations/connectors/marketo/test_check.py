from typing import Any

import pytest

from integrations.connectors.marketo.people import PERSON
from integrations.contract import CheckReport, StepResult
from integrations.mapping import Origin, Rule, ValueType
from integrations.sandbox.marketo import Marketo
from tests.integrations.connectors.marketo.conftest import (
    DESCRIBE_PATH,
    SYNC_PATH,
    TOKEN_PATH,
    OpenConnector,
    answers_with,
    calls_to,
    people_in,
    refuses_with,
)
from tests.integrations.far_end import FarEnd
from tests.integrations.records import RECORD


def in_words(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(str(step.label), step.result, str(step.detail)) for step in report.steps]


def failing(report: CheckReport) -> str:
    """The text of the one step that failed."""
    (step,) = [step for step in report.steps if step.result is StepResult.FAILED]
    return str(step.detail)


def test_a_good_check_passes_every_step_and_writes_nothing(server: Marketo, connectors: OpenConnector) -> None:
    report = connectors(server.url).check()
    assert in_words(report) == [
        ("Sign-in", "passed", ""),
        ("Fields", "passed", "22 fields read."),
        ("Field mapping", "passed", ""),
        ("Permission to write people", "passed", "Nothing was written."),
    ]
    assert calls_to(server) == [TOKEN_PATH, DESCRIBE_PATH, SYNC_PATH]
    assert people_in(server) == []


def test_a_secret_that_was_changed_over_there_fails_at_sign_in(server: Marketo, connectors: OpenConnector) -> None:
    """The token of an hour ago would still be good."""
    connector = connectors(server.url)
    connector.deliver([RECORD])
    server.control("config", {"client_secret": "MadeAnewOverThere-0000"})
    report = connector.check()
    assert [(str(step.label), step.result) for step in report.steps] == [("Sign-in", "failed")]
    assert failing(report).startswith("Marketo refuses the client ID or the client secret.")
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, TOKEN_PATH]


def test_the_fields_that_were_read_come_back(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"fields": {"company": server.control("config")["fields"]["company"] | {"length": 100}}})
    fields = {field.name: field for field in connectors(server.url).check().fields}
    assert (fields["company"].max_length, fields["company"].writable) == (100, True)
    assert (fields["address"].max_bytes, fields["address"].multiline) == (30_000, True)
    assert fields["createdAt"].writable is False
    assert fields["email"].type is ValueType.EMAIL


def test_the_form_is_looked_for(server: Marketo, connectors: OpenConnector) -> None:
    assert in_words(connectors(server.url, method="form", form_id="1179").check())[-1] == ("Form", "passed", "")
    report = connectors(server.url, method="form", form_id="4711").check()
    assert failing(report).startswith("Marketo does not find what the settings name: 4711.")


def test_forms_that_may_not_be_looked_at_prove_nothing(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"permissions": ["read_write_person"]})
    assert in_words(connectors(server.url, method="form", form_id="1179").check())[-1] == (
        "Form", "unproven", "The API user may not look at forms. A test lead shows it.",
    )  # fmt: skip


def test_a_program_is_proved_by_a_test_lead_only(server: Marketo, connectors: OpenConnector) -> None:
    report = connectors(server.url, method="push", program_name="Marketplace").check()
    assert in_words(report)[-1] == (
        "Program", "unproven", "Only a test lead shows that Marketo has a program of this name.",
    )  # fmt: skip


def test_each_way_to_fail_has_words_of_its_own(
    server: Marketo, connectors: OpenConnector, names: dict[str, list[str]], far_end: FarEnd
) -> None:
    far_end.close()
    unknown = PERSON.with_rules((*PERSON.rules, Rule("colour", Origin.CONSTANT, "blue")))
    locked = PERSON.with_rules((*PERSON.rules, Rule("createdAt", Origin.FIELD, "received_at")))
    texts = [
        failing(connectors(server.url, client_secret="WrongSecret-0000").check()),
        failing(connectors(server.url, fields=unknown).check()),
        failing(connectors(server.url, fields=locked).check()),
        failing(connectors("000-AAA-000").check()),
        failing(connectors(far_end.url("")).check()),
    ]
    server.control("config", {"permissions": []})
    texts.append(failing(connectors(server.url).check()))
    assert texts[0].startswith("Marketo refuses the client ID or the client secret.")
    assert texts[1].startswith("The field mapping names a field that Marketo does not know: colour.")
    assert texts[2].startswith("The field mapping names a field that Marketo lets nobody write: createdAt.")
    assert texts[3].startswith("Marketo has no account 000-AAA-000.")
    assert texts[4].startswith("Could not connect to the server.")
    assert texts[5].startswith("The API user may not do this in Marketo.")
    assert people_in(server) == []


def test_an_api_user_who_may_only_read_fails_at_the_probe(server: Marketo, connectors: OpenConnector) -> None:
    refuses_with(server, "603", "Access denied")
    report = connectors(server.url).check()
    assert [step.result for step in report.steps] == ["passed", "passed", "passed", "failed"]
    assert failing(report).endswith("(Access denied)")


def test_a_partition_that_is_denied_fails_at_the_probe(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"partitions": {"Default": True, "Board": False}})
    text = failing(connectors(server.url, partition="Board").check())
    assert text.startswith("The API user may not write to the partition Board.")


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ({"success": True, "result": [{"id": 7, "status": "updated"}]},
         "Marketo's answer to an update of nobody says nothing about it."),
        ({"success": True, "result": [{"status": "skipped", "reasons": [{"code": "1003", "message": "No"}]}]},
         "Marketo refuses a value of the lead."),
        ({"success": False, "errors": [{"code": "611", "message": "System error"}]},
         "Marketo has trouble of its own."),
        ({"success": True, "result": []},
         "The server answered, but not as this kind of system does: often a maintenance page or a proxy in between."),
    ],
)  # fmt: skip
def test_a_third_answer_to_the_probe_proves_nothing(
    server: Marketo, connectors: OpenConnector, content: Any, detail: str
) -> None:
    answers_with(server, content)
    assert in_words(connectors(server.url).check())[-1] == ("Permission to write people", "unproven", detail)


def test_a_description_that_is_none_fails(server: Marketo, connectors: OpenConnector) -> None:
    answers_with(server, {"success": True, "result": []}, path=DESCRIBE_PATH)
    report = connectors(server.url).check()
    assert [step.result for step in report.steps] == ["passed", "failed"]
    assert failing(report).startswith("The server answered, but not as this kind of system does")
