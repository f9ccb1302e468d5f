"""The settings: what can be set, what is refused by name, what a restart keeps."""

from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.marketo import Marketo
from tests.integrations.sandbox.marketo.caller import DESCRIBE, MINA, Caller, codes, reasons


def test_the_defaults_are_those_a_newcomer_types_in(caller: Caller) -> None:
    over_rest, by_form = caller.marketo.destinations()
    assert [(entry.label, entry.value) for entry in over_rest.entries] == [
        ("marketo_account", caller.marketo.url),
        ("marketo_client_id", "5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a0006"),
        ("marketo_client_secret", "SandboxMarketoSecretSandbox00006"),
        ("marketo_program", "Marketplace"),
        ("marketo_form_id", "1179"),
        ("marketo_elsewhere", ""),
    ]
    assert [(entry.label, entry.value) for entry in by_form.entries] == [
        ("marketo_munchkin_id", "5A5-SBX-000"),
        ("marketo_form_id", "1179"),
        ("marketo_server_id", caller.marketo.url),
        ("marketo_form_elsewhere", ""),
    ]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"secret": "x"}, "secret"),
        ({"munchkin_id": "a b"}, "munchkin_id"),
        ({"client_secret": "a\nb"}, "client_secret"),
        ({"token_seconds": 0}, "token_seconds"),
        ({"race_window": "short"}, "race_window"),
        ({"permissions": ["admin"]}, "permissions.0"),
        ({"permissions": "read_write_person"}, "permissions"),
        ({"fields": []}, "fields"),
        ({"fields": {"a b": {}}}, "fields.a b"),
        ({"fields": {"company": {"dataType": "blob"}}}, "fields.company.dataType"),
        ({"fields": {"company": {"size": 1}}}, "fields.company.size"),
        ({"partitions": {"EMEA": "yes"}}, "partitions.EMEA"),
        ({"programs": {"Marketplace": "Member"}}, "programs.Marketplace"),
        ({"forms": {"ys12": {}}}, "forms.ys12"),
        ({"forms": {"7": {"fields": [7]}}}, "forms.7.fields.0"),
        ({"forms": {"7": {"colour": "red"}}}, "forms.7.colour"),
        ({"limits": {"calls": -1}}, "limits.calls"),
        ({"limits": {"hour": 1}}, "limits.hour"),
        ({"too_long": "keep"}, "too_long"),
        ({"duplicates": "cut"}, "duplicates"),
        ({"parameter_errors": "both"}, "parameter_errors"),
        ({"unknown_form": "404"}, "unknown_form"),
        ({"checksum": "on"}, "checksum"),
        ({"planned_errors": {}}, "planned_errors"),
        ({"planned_errors": [{"codes": []}]}, "planned_errors.0.codes"),
        ({"planned_errors": [{"codes": ["6x"]}]}, "planned_errors.0.codes"),
        ({"planned_errors": [{"codes": ["604"], "times": 0}]}, "planned_errors.0.times"),
        ({"planned_errors": [{"codes": ["604"], "late": True}]}, "planned_errors.0.late"),
    ],
)
def test_a_bad_setting_is_refused_by_name_and_changes_nothing(
    caller: Caller, content: dict[str, Any], field: str
) -> None:
    before = caller.marketo.control("config")
    with pytest.raises(ValueError, match=f"^{field}: "):
        caller.configure(**{"too_long": "cut", **content})
    assert caller.marketo.control("config") == before


def test_entries_can_be_added_and_taken_away(caller: Caller) -> None:
    caller.configure(
        programs={"Marketplace": None, "Webinar": ["Registered"]},
        forms={"1179": None, "7": {"name": "Contact", "fields": ["Email"], "followUpUrl": "https://a.example/b?c=d"}},
    )
    assert codes(caller.push(MINA)) == ["702"]
    assert reasons(caller.push(MINA, programName="Webinar")) == ["created"]
    assert [member["status"] for member in caller.kept("members")] == ["Registered"]
    assert codes(caller.submit(MINA)) == ["702"]
    reply = caller.post_form("/index.php/leadCapture/save", formid="7", formVid="7")
    assert reply.headers["location"] == "https://a.example/b?c=d&aliId=1"


def test_reset_brings_the_first_settings_and_an_empty_store_back(caller: Caller) -> None:
    caller.configure(checksum="drop", fields={"company": None})
    caller.sync({"email": "a@b.example"})
    caller.marketo.control("reset", {})
    settings = caller.marketo.control("config")
    assert (settings["checksum"], "company" in settings["fields"], caller.kept()) == ("off", True, [])
    assert settings["counted"] == {"calls": {}, "recent": 0, "today": 0}
    assert codes(caller.call("GET", DESCRIBE).content) == ["601"]
    assert Caller(caller.marketo).sync(MINA)["result"] == [{"id": 318581, "status": "created"}]


def test_a_reset_may_leave_the_settings(caller: Caller) -> None:
    caller.configure(checksum="drop")
    caller.marketo.control("reset", {"keep_config": True})
    assert caller.marketo.control("config")["checksum"] == "drop"


def test_a_restart_forgets_neither_people_nor_settings(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with Marketo.running(state=state) as first:
        caller = Caller(first)
        caller.configure(fields={"company": None, "note": {}}, race_window=0, client_secret="another-secret")
        caller.configure(planned_errors=[{"codes": ["604"], "path": "/leads.json"}])
        settings = first.control("config")
        token = caller.identity(client_secret="another-secret").content["access_token"]
        caller._token = token
        caller.push({"email": "a@b.example"})
        caller.submit({"email": "a@b.example"})
    with Marketo.running(state=state) as second:
        assert {**second.control("config"), "counted": None} == {**settings, "counted": None}
        caller = Caller(second)
        caller._token = token
        assert codes(caller.call("GET", DESCRIBE).content) == ["601"]
        caller._token = caller.identity(client_secret="another-secret").content["access_token"]
        assert codes(caller.sync({"email": "b@b.example"})) == ["604"]
        answer = caller.sync({"email": "b@b.example"}, {"email": "a@b.example"})
        assert answer["result"] == [{"id": 318582, "status": "created"}, {"id": 318581, "status": "updated"}]
        caller.submit({"email": "b@b.example"})
        assert [activity["id"] for activity in caller.kept("activities")] == [1, 2]
