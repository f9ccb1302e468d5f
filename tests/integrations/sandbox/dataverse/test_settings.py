"""What can be set, what is refused by name, what survives a restart."""

from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from integrations.sandbox.inputs import BadInput
from tests.integrations.sandbox.dataverse.caller import (
    CLIENT,
    KEY,
    LEAD_ID,
    OTHER_ID,
    SECRET,
    TENANT,
    Caller,
    leads,
)


@pytest.mark.parametrize(
    ("content", "field", "reason"),
    [
        ([], "body", "object"),
        ({"nosuch": 1}, "nosuch", "unknown"),
        ({"tenant_id": "x"}, "tenant_id", "uuid"),
        ({"client_id": 7}, "client_id", "text"),
        ({"client_secret": ""}, "client_secret", "text"),
        ({"certificate": "x"}, "certificate", "certificate"),
        ({"application": "off"}, "application", "choice"),
        ({"token_lifetime": 0}, "token_lifetime", "whole"),
        ({"token_lifetime": 86_401}, "token_lifetime", "whole"),
        ({"token_trouble": 429}, "token_trouble", "choice"),
        ({"roles": "x"}, "roles", "texts"),
        ({"roles": [7]}, "roles.0", "text"),
        ({"lead_table": 1}, "lead_table", "flag"),
        ({"columns": []}, "columns", "object"),
        ({"columns": {"New": {}}}, "columns.New", "name"),
        ({"columns": {"leadid": {}}}, "columns.leadid", "unknown"),
        ({"columns": {"fullname": None}}, "columns.fullname", "unknown"),
        ({"columns": {"new": 7}}, "columns.new", "object"),
        ({"columns": {"new": {"type": "state"}}}, "columns.new.type", "choice"),
        ({"columns": {"new": {"max_length": 0}}}, "columns.new.max_length", "whole"),
        ({"columns": {"new": {"options": ["1"]}}}, "columns.new.options", "whole_numbers"),
        ({"columns": {"new": {"x": 1}}}, "columns.new.x", "unknown"),
        ({"keys": {"k": {}}}, "keys.k.columns", "choice"),
        ({"keys": {"k": {"columns": ["donotemail"]}}}, "keys.k.columns", "choice"),
        ({"keys": {"k": {"columns": ["subject"], "status": "Ready"}}}, "keys.k.status", "choice"),
        ({"columns": {KEY: None}}, f"keys.{KEY}.columns", "choice"),
        ({"limits": {"requests": 0}}, "limits.requests", "whole"),
        ({"limits": {"x": 1}}, "limits.x", "unknown"),
        ({"limits": None}, "limits", "object"),
        ({"variants": {"plug_in": "x"}}, "variants.plug_in", "choice"),
        ({"variants": {"exists_code": "0x1"}}, "variants.exists_code", "choice"),
        ({"variants": {"x": 1}}, "variants.x", "unknown"),
    ],
)
def test_a_bad_setting_is_named_and_nothing_is_changed(
    dataverse: Dataverse, content: Any, field: str, reason: str
) -> None:
    before = dataverse.settings()
    with pytest.raises(BadInput) as problem:
        dataverse.configure(content if not isinstance(content, dict) else {"secret_expired": True, **content})
    assert (problem.value.field, problem.value.reason) == (field, reason)
    assert dataverse.settings() == before


def test_settings_are_merged(dataverse: Dataverse) -> None:
    dataverse.control("config", {"limits": {"requests": 7}, "variants": {"plug_in": "refuses"}})
    settings = dataverse.control("config", {"limits": {"concurrent": 3}, "columns": {"subject": {"max_length": 5}}})
    assert (settings["limits"]["requests"], settings["limits"]["concurrent"]) == (7, 3)
    assert (settings["variants"]["plug_in"], settings["variants"]["challenge"]) == ("refuses", True)
    assert settings["columns"]["subject"]["max_length"] == 5
    assert settings["columns"]["firstname"]["max_length"] == 50


def test_a_newcomer_finds_what_to_enter(dataverse: Dataverse) -> None:
    assert dataverse.connection() == [
        ("dataverse_environment", dataverse.url),
        ("dataverse_tenant", TENANT),
        ("dataverse_client", CLIENT),
        ("dataverse_secret", SECRET),
        ("dataverse_authority", dataverse.url),
    ]
    paths = [entrance.path for entrance in dataverse.entrances()]
    assert paths == ["/api/data/v9.2/leads", "/api/data/v9.2/$batch", f"/{TENANT}/oauth2/v2.0/token"]


def test_leads_and_settings_survive_a_restart_and_tokens_do_not(tmp_path: Path) -> None:
    state = tmp_path / "dataverse.sqlite"
    columns = {"new_note": {"type": "memo", "max_length": 9}, "jobtitle": None, "subject": {"max_length": 50}}
    with Dataverse.running(state=state) as first:
        first.control("config", {"columns": columns, "keys": {KEY: None}, "client_secret": "another~"})
        caller = Caller(first, client_secret="another~")
        assert caller.patch({"new_note": "kept"}).status == 204
        before, port = first.settings(), first.url
    with Dataverse.running(state=state) as second:
        assert second.settings() == before
        assert [record["fields"]["new_note"] for record in leads(second)] == ["kept"]
        caller.system = second
        assert caller.patch(key=OTHER_ID).status == 401
        caller = Caller(second, client_secret="another~")
        assert [caller.patch().status, caller.patch(key=OTHER_ID).status] == [412, 204]
        assert port != second.url


def test_a_reset_brings_back_the_beginning(dataverse: Dataverse, caller: Caller) -> None:
    beginning = dataverse.settings()
    dataverse.control("config", {"columns": {"subject": None}, "keys": {KEY: None}, "roles": []})
    dataverse.control("reset", {})
    assert dataverse.settings() == beginning
    assert caller.patch().status == 401
    assert Caller(dataverse).patch().status == 204
    dataverse.control("config", {"lead_table": False})
    dataverse.control("reset", {"keep_config": True})
    assert dataverse.settings()["lead_table"] is False
    assert (leads(dataverse), LEAD_ID in str(dataverse.control("requests"))) == ([], False)
