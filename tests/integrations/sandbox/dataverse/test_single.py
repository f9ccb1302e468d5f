"""One lead at a time: create, create only, update only, upsert, read, delete."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import (
    API,
    CREATE_ONLY,
    KEY,
    LEAD,
    LEAD_ID,
    OTHER_ID,
    TEAM,
    UPDATE_ONLY,
    USER,
    Caller,
    at_once,
    code,
    events,
    fields,
    last_request,
    leads,
    message,
)
from tests.integrations.sandbox.sender import Reply

NAMES = {"firstname": "Zoë 김민아", "lastname": "🙂 ‏שלום"}
REPRESENTATION = {"Prefer": "return=representation"}


def test_create_only_stores_the_lead_and_answers_204_without_a_body(dataverse: Dataverse) -> None:
    dataverse.control("clock", {"at": 1795327200})
    reply = Caller(dataverse).patch()
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["odata-entityid"] == f"{dataverse.url}{API}/leads({LEAD_ID})"
    assert "content-type" not in reply.headers
    stored = fields(dataverse)
    assert {name: stored[name] for name in LEAD} == LEAD
    assert (stored["leadid"], stored["fullname"], stored["statecode"]) == (LEAD_ID, "Mina Park", 0)
    assert (stored["createdon"], stored["modifiedon"]) == ("2026-11-22T06:00:00Z", "2026-11-22T06:00:00Z")
    assert (stored["leadqualitycode"], stored["donotemail"], stored["jobtitle"]) == (2, False, None)
    assert stored["_ownerid_value"] == USER


def test_the_log_says_whom_a_lead_is_about(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    request = last_request(dataverse)
    assert (request["collection"], request["key"], request["person"]) == ("leads", LEAD_ID, "Mina Park")
    assert (request["email"], request["findings"]) == ("mina.park@fabrikam.example", {"arrival": "created"})


def test_text_of_every_script_arrives_unchanged(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch(NAMES)
    stored = fields(dataverse)
    assert {name: stored[name] for name in NAMES} == NAMES
    assert {name: caller.get().content[name] for name in NAMES} == NAMES


def test_a_repeat_of_create_only_changes_nothing(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    dataverse.control("records", {"collection": "leads", "key": LEAD_ID, "fields": {"jobtitle": "CEO"}})
    before = fields(dataverse)
    reply = caller.patch({"subject": "Other"})
    assert code(reply) == (412, "0x80040237")
    assert message(reply) == "A record with matching key values already exists."
    assert fields(dataverse) == before
    assert events(dataverse) == ["created", "edited", "repeated"]
    assert last_request(dataverse)["findings"] == {"arrival": "repeated"}


def test_the_code_of_a_repeat_may_be_empty(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"variants": {"exists_code": ""}})
    caller.patch()
    assert code(caller.patch()) == (412, "")


def test_two_creations_at_the_same_moment_make_one_lead(dataverse: Dataverse, caller: Caller) -> None:
    replies: list[Reply] = at_once([caller.patch] * 8)
    assert sorted(reply.status for reply in replies) == [204] + [412] * 7
    assert len(leads(dataverse)) == 1


def test_update_only_never_creates(dataverse: Dataverse, caller: Caller) -> None:
    reply = caller.patch(headers=UPDATE_ONLY)
    assert code(reply) == (404, "0x80040217")
    assert message(reply) == f"Entity 'lead' With Id = {LEAD_ID} Does Not Exist"
    assert leads(dataverse) == []


def test_update_only_writes_over_what_is_there(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    assert caller.patch({"firstname": "Anna", "companyname": None}, headers=UPDATE_ONLY).status == 204
    stored = fields(dataverse)
    assert (stored["fullname"], stored["companyname"], stored["subject"]) == ("Anna Park", None, "Contoso Firewall")
    assert events(dataverse) == ["created", "updated"]


def test_without_a_precondition_it_is_an_upsert(dataverse: Dataverse, caller: Caller) -> None:
    assert [caller.patch(headers={}).status for _ in range(2)] == [204, 204]
    assert events(dataverse) == ["created", "updated"]


def test_an_upsert_creates_anew_what_a_person_deleted(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    dataverse.control("records", {"collection": "leads", "key": LEAD_ID}, method="DELETE")
    caller.patch(headers={})
    assert events(dataverse) == ["created"]


def test_a_version_protects_against_an_update_in_between(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    version = caller.get().content["@odata.etag"]
    assert re.fullmatch(r'W/"\d+"', version)
    assert caller.patch({"jobtitle": "A"}, headers={"If-Match": version}).status == 204
    assert code(caller.patch({"jobtitle": "B"}, headers={"If-Match": version})) == (412, "0x80060882")
    assert code(caller.delete(headers={"If-Match": version})) == (412, "0x80060882")
    assert fields(dataverse)["jobtitle"] == "A"


def test_the_edit_of_a_person_makes_another_version(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    version = caller.get().content["@odata.etag"]
    dataverse.control("records", {"collection": "leads", "key": LEAD_ID, "fields": {"jobtitle": "CEO"}})
    assert caller.get().content["@odata.etag"] != version


def test_a_representation_comes_when_it_is_preferred(dataverse: Dataverse, caller: Caller) -> None:
    reply = caller.call("PATCH", f"leads({LEAD_ID})?$select=leadid", LEAD, CREATE_ONLY | REPRESENTATION)
    assert (reply.status, reply.headers["preference-applied"]) == (201, "return=representation")
    assert reply.headers["content-type"] == "application/json; odata.metadata=minimal"
    content = reply.content
    assert (sorted(content), content["leadid"]) == (["@odata.context", "@odata.etag", "leadid"], LEAD_ID)
    assert content["@odata.context"] == f"{dataverse.url}{API}/$metadata#leads(leadid)/$entity"
    assert caller.patch({"jobtitle": "A"}, headers=REPRESENTATION).status == 200


def test_post_makes_an_id_of_its_own(dataverse: Dataverse, caller: Caller) -> None:
    reply = caller.post()
    [record] = leads(dataverse)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["odata-entityid"] == f"{dataverse.url}{API}/leads({record['key']})"
    assert last_request(dataverse)["key"] == record["key"]
    assert caller.post(headers=REPRESENTATION).status == 201


def test_post_takes_an_id_and_refuses_to_insert_it_twice(dataverse: Dataverse, caller: Caller) -> None:
    assert caller.post({**LEAD, "leadid": LEAD_ID.upper()}).status == 204
    reply = caller.post({**LEAD, "leadid": LEAD_ID})
    assert (code(reply), message(reply)) == ((412, "0x80040237"), "Cannot insert duplicate key.")
    assert [record["key"] for record in leads(dataverse)] == [LEAD_ID]


def test_read_shows_the_columns_asked_for(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    content = caller.get(query="?$select=subject,_ownerid_value", headers={"If-None-Match": "null"}).content
    assert (content["subject"], content["_ownerid_value"], content["leadid"]) == ("Contoso Firewall", USER, LEAD_ID)
    assert "firstname" not in content
    everything = caller.get(LEAD_ID.upper()).content
    assert (everything["firstname"], everything["telephone1"]) == ("Mina", None)
    assert everything["@odata.context"] == f"{dataverse.url}{API}/$metadata#leads/$entity"


def test_an_unchanged_lead_is_not_sent_again(caller: Caller) -> None:
    caller.patch()
    reply = caller.get(headers={"If-None-Match": caller.get().headers["etag"]})
    assert (reply.status, reply.body) == (304, b"")


@pytest.mark.parametrize("query", ["?$select=nosuch", "?$select=ownerid", "?$expand=owner", "?x=1", "?$select="])
def test_unknown_query_options_are_refused(caller: Caller, query: str) -> None:
    caller.patch()
    assert code(caller.get(query=query)) == (400, "0x80060888")


def test_delete_removes_the_lead_for_good(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    assert (caller.delete().status, leads(dataverse)) == (204, [])
    assert [code(reply) for reply in (caller.delete(), caller.get())] == [(404, "0x80040217")] * 2


def test_the_id_belongs_into_the_address_or_into_the_body(dataverse: Dataverse, caller: Caller) -> None:
    assert code(caller.patch({**LEAD, "leadid": LEAD_ID})) == (400, "0x80060888")
    assert leads(dataverse) == []


def test_the_owner_is_bound_by_reference(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch({**LEAD, "ownerid@odata.bind": f"/teams({TEAM})"})
    assert fields(dataverse)["_ownerid_value"] == TEAM
    caller.patch({"ownerid@odata.bind": f"systemusers({USER})"}, headers=UPDATE_ONLY)
    assert fields(dataverse)["_ownerid_value"] == USER


def test_a_closed_lead_is_read_only_until_it_is_opened(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    assert caller.patch({"statecode": 1}, headers=UPDATE_ONLY).status == 204
    assert caller.patch({"jobtitle": "A"}, headers={}).status == 400
    assert caller.patch({"jobtitle": "A", "statecode": 0}, headers={}).status == 204
    assert fields(dataverse)["jobtitle"] == "A"


class TestAlternateKey:
    """A lead named by a column of its own instead of its id."""

    address = f"{KEY}='{LEAD_ID}'"

    def test_a_lead_is_created_read_and_deleted_by_its_key(self, dataverse: Dataverse, caller: Caller) -> None:
        reply = caller.patch(key=self.address)
        assert (reply.status, reply.headers["odata-entityid"]) == (
            204,
            f"{dataverse.url}{API}/leads({self.address})",
        )
        stored = fields(dataverse)
        assert stored[KEY] == LEAD_ID
        assert stored["leadid"] != LEAD_ID
        assert caller.get(quote(self.address)).content["leadid"] == stored["leadid"]
        assert caller.delete(self.address).status == 204

    def test_a_repeat_meets_the_lead_whatever_its_letter_case(self, dataverse: Dataverse, caller: Caller) -> None:
        caller.patch(key=self.address)
        assert code(caller.patch(key=f"{KEY}='{LEAD_ID.upper()}'")) == (412, "0x80040237")
        assert caller.patch(key=self.address, headers={}).status == 204
        assert events(dataverse) == ["created", "repeated", "updated"]

    def test_what_is_not_there_is_not_found(self, caller: Caller) -> None:
        replies = [caller.get(self.address), caller.delete(self.address), caller.patch(LEAD, self.address, UPDATE_ONLY)]
        assert [code(reply) for reply in replies] == [(404, "0x80060891")] * 3

    def test_the_key_column_must_not_be_in_the_body_too(self, caller: Caller) -> None:
        assert code(caller.patch({**LEAD, KEY: LEAD_ID}, self.address)) == (400, "0x80060888")

    @pytest.mark.parametrize("status", ["Pending", "InProgress", "Failed", None])
    def test_a_key_that_is_not_active_does_not_exist(self, dataverse: Dataverse, caller: Caller, status: Any) -> None:
        dataverse.control("config", {"keys": {KEY: status and {"status": status}}})
        reply = caller.patch(key=self.address)
        assert code(reply) == (400, "0x80060888")
        assert message(reply).startswith("The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM")
        dataverse.control("config", {"variants": {"unknown_key_code": "0x0"}})
        assert code(caller.patch(key=self.address)) == (400, "0x0")

    @pytest.mark.parametrize(
        "key", ["1", "abc", "subject='x'", f"{KEY}=x", f"{KEY}='x',subject='y'", "", f"{KEY}='x'y"]
    )
    def test_another_key_is_unknown(self, caller: Caller, key: str) -> None:
        assert code(caller.patch(key=quote(key))) == (400, "0x80060888")

    @pytest.mark.parametrize("character", list("/<>*%&:\\?+"))
    def test_some_characters_cannot_be_addressed(self, dataverse: Dataverse, caller: Caller, character: str) -> None:
        reply = caller.patch(key=quote(f"{KEY}='a{character}b'", safe="='"))
        assert (code(reply), message(reply)) == ((400, "0x80060888"), "Bad Request - Error in query syntax.")
        assert leads(dataverse) == []

    def test_a_quote_is_written_twice(self, dataverse: Dataverse, caller: Caller) -> None:
        caller.patch(key=f"{KEY}='O''Neill'")
        assert fields(dataverse)[KEY] == "O'Neill"

    def test_no_two_leads_have_the_same_key(self, dataverse: Dataverse, caller: Caller) -> None:
        caller.post({**LEAD, KEY: "one"})
        reply = caller.post({**LEAD, KEY: "ONE"})
        assert code(reply) == (412, "0x80060892")
        assert message(reply).startswith(
            f"Entity Key {KEY} violated. A record with the same value for {KEY} already exists."
        )
        caller.patch({**LEAD, KEY: "two"}, OTHER_ID)
        assert code(caller.patch({KEY: "one"}, OTHER_ID, UPDATE_ONLY)) == (412, "0x80060892")
        assert len(leads(dataverse)) == 2

    def test_a_key_of_two_columns_needs_both(self, dataverse: Dataverse, caller: Caller) -> None:
        dataverse.control("config", {"columns": {"new_number": {"type": "whole"}}})
        dataverse.control("config", {"keys": {"pair": {"columns": [KEY, "new_number"]}}})
        assert caller.patch(key=f"{KEY}='a',new_number=7").status == 204
        assert caller.get(f"new_number=7,{KEY}='a'").content["new_number"] == 7
        assert code(caller.get("new_number=7")) == (400, "0x80060888")
        assert code(caller.get(f"new_number=8,{KEY}='a'")) == (404, "0x80060891")
