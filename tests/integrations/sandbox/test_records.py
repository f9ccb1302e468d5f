"""Records: changed, removed and found, by the system itself and by hand."""

import threading
from typing import Any

import pytest

from integrations.sandbox.journal import Journal
from integrations.sandbox.receiver import Receiver
from integrations.sandbox.records import Record, Records
from tests.integrations.sandbox.sender import post_signed, send


@pytest.fixture
def records() -> Records:
    return Records(Journal())


def kept(records: Records, key: str, collection: str = "leads") -> Record:
    record = records.get(collection, key)
    assert record is not None
    return record


def keys(found: list[Record]) -> list[str]:
    return [record.key for record in found]


def test_a_change_merges_fields_and_adds_to_the_history(records: Records) -> None:
    records.create("leads", "1", {"name": "Mina", "city": "Seoul"})
    before = kept(records, "1")
    records.change(before, {"city": "부산", "title": None})
    after = kept(records, "1")
    assert after.fields == {"name": "Mina", "city": "부산", "title": None}
    assert [event for _, event in after.history] == ["created", "updated"]
    assert after.created_at == before.created_at <= after.changed_at == after.history[-1][0]


def test_a_change_keeps_what_others_changed_in_between(records: Records) -> None:
    records.create("leads", "1", {"name": "Mina"})
    old = kept(records, "1")
    records.change(old, {"city": "Seoul"}, "edited")
    records.change(old, {"name": "Min-a"})
    assert kept(records, "1").fields == {"name": "Min-a", "city": "Seoul"}
    assert [event for _, event in kept(records, "1").history] == ["created", "edited", "updated"]


def test_a_replacement_leaves_nothing_of_what_was_there(records: Records) -> None:
    records.create("leads", "1", {"name": "Mina", "city": "Seoul"})
    records.replace(kept(records, "1"), {"city": "부산"})
    assert kept(records, "1").fields == {"city": "부산"}
    assert [event for _, event in kept(records, "1").history] == ["created", "updated"]


def test_changes_in_parallel_are_all_kept(records: Records) -> None:
    records.create("leads", "1", {})
    record = kept(records, "1")
    threads = [threading.Thread(target=records.change, args=(record, {f"f{number}": number})) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(records, "1").fields == {f"f{number}": number for number in range(20)}
    assert len(kept(records, "1").history) == 21


def test_only_the_named_record_is_removed(records: Records) -> None:
    for collection, key in (("leads", "1"), ("leads", "2"), ("people", "1")):
        records.create(collection, key, {})
    records.remove("leads", "1")
    assert keys(records.all("leads")) == ["2"]
    assert keys(records.all("people")) == ["1"]


def test_one_collection_is_forgotten_or_all_of_them(records: Records) -> None:
    for collection in ("leads", "people", "tasks"):
        records.create(collection, "1", {})
    records.forget("people")
    assert records.counts() == {"leads": 1, "tasks": 1}
    records.forget()
    assert records.counts() == {}


def test_all_are_in_the_order_of_their_creation(records: Records) -> None:
    for key in ("b", "c", "a"):
        records.create("leads", key, {})
    assert keys(records.all("leads")) == ["b", "c", "a"]


def test_records_are_found_by_a_field_of_the_first_level(records: Records) -> None:
    records.create("leads", "1", {"email": "zoë@fabrikam.example", "deep": {"email": "b@x.example"}})
    records.create("leads", "2", {"email": "ZOË@fabrikam.example"})
    records.create("people", "3", {"email": "zoë@fabrikam.example"})
    assert keys(records.find("leads", "email", "zoë@fabrikam.example")) == ["1"]
    assert keys(records.find("leads", "email", "Zoë@Fabrikam.example", ignore_case=True)) == ["1", "2"]
    assert records.find("leads", "email", "b@x.example") == []


@pytest.mark.parametrize("value", [7, 1.5, True, None, "007", "", "'; drop table record; --", "🙂"])
def test_values_of_every_kind_are_found_as_what_they_are(records: Records, value: Any) -> None:
    records.create("leads", "1", {"Marketplace_Lead_Id__c": value})
    records.create("leads", "2", {"Marketplace_Lead_Id__c": "another"})
    assert keys(records.find("leads", "Marketplace_Lead_Id__c", value)) == ["1"]
    assert keys(records.find("leads", "Marketplace_Lead_Id__c", value, ignore_case=True)) == ["1"]


def test_a_changed_or_removed_record_is_found_as_it_is_now(records: Records) -> None:
    records.create("leads", "1", {"email": "a@x.example"})
    assert keys(records.find("leads", "email", "a@x.example")) == ["1"]
    records.change(kept(records, "1"), {"email": "b@x.example"})
    assert records.find("leads", "email", "a@x.example") == []
    assert keys(records.find("leads", "email", "b@x.example")) == ["1"]
    records.remove("leads", "1")
    assert records.find("leads", "email", "b@x.example") == []


@pytest.mark.parametrize("ignore_case", [True, False])
def test_a_search_uses_an_index(ignore_case: bool) -> None:
    journal = Journal()
    seen: list[str] = []
    with journal.transaction() as database:
        database.set_trace_callback(seen.append)
    Records(journal).find("leads", "email", "a@x.example", ignore_case=ignore_case)
    search = next(statement for statement in seen if statement.startswith("select"))
    with journal.transaction() as database:
        plan = database.execute(f"explain query plan {search}").fetchall()
    assert "USING INDEX" in plan[0]["detail"]
    assert "<expr>=?" in plan[0]["detail"]


def test_a_field_name_that_could_be_sql_is_refused(records: Records) -> None:
    with pytest.raises(ValueError, match="is no name of a field"):
        records.find("leads", "a'b", 1)


def test_half_a_surrogate_pair_is_kept_as_a_question_mark(records: Records) -> None:
    records.create("leads", "\ud83d", {"name": "\ud83d", "\udc00": ["\ud83d"]})
    assert kept(records, "\ud83d").fields == {"name": "?", "?": ["?"]}
    assert keys(records.find("leads", "name", "\ud83d")) == ["?"]


def test_a_person_edits_a_record_through_the_control_interface(sandbox: Receiver) -> None:
    post_signed(sandbox.url, message_id="msg-1")
    edited = sandbox.control("records", {"collection": "", "key": "msg-1", "fields": {"shape": "by hand"}})
    [record] = sandbox.control("records")["records"]
    assert edited == record
    assert record["fields"]["shape"] == "by hand"
    assert record["fields"]["signature"] == "unchecked"
    assert [entry["event"] for entry in record["history"]] == ["created", "edited"]


def test_a_person_removes_a_record_through_the_control_interface(sandbox: Receiver) -> None:
    for message_id in ("msg-1", "msg-2", "msg-3"):
        post_signed(sandbox.url, message_id=message_id)
    named = {"collection": "", "key": "msg-1"}
    assert sandbox.control("records", named, method="DELETE")["removed"]["key"] == "msg-1"
    assert send(sandbox.url, "DELETE", "/_control/records?collection=&key=msg-2").status == 200
    assert [record["key"] for record in sandbox.control("records")["records"]] == ["msg-3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"key": "no", "fields": {}}, "key: no record of this collection has this key."),
        ({"key": "msg-1", "collection": "other", "fields": {}}, "key: no record of this collection has this key."),
        ({"key": "msg-1", "fields": []}, "fields: needs a JSON object."),
        ({"key": "msg-1"}, "fields: needs a JSON object."),
        ({"key": 5, "fields": {}}, "key: needs a text."),
        ({"key": "msg-1", "fields": {}, "event": "x"}, "event: not known here; remove it or check its spelling."),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused_by_name(
    sandbox: Receiver, content: dict[str, Any], message: str
) -> None:
    post_signed(sandbox.url, message_id="msg-1")
    with pytest.raises(ValueError, match="^" + message):
        sandbox.control("records", content)
    assert sandbox.control("records")["records"][0]["times_received"] == 1


def test_a_system_without_tokens_says_so_when_they_are_to_be_revoked(sandbox: Receiver) -> None:
    with pytest.raises(ValueError, match=r"^tokens: this system has no tokens\.$"):
        sandbox.control("tokens/revoke", method="POST")
