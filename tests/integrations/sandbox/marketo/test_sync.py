"""Sync leads: what becomes of each record, by action and by what is known."""

from typing import Any

import pytest

from tests.integrations.sandbox.marketo.caller import LEADS, MINA, Caller, codes, reasons

ADA = {"email": "ada@fabrikam.example", "firstName": "Ada"}


def test_a_new_person_is_created_with_all_fields(caller: Caller) -> None:
    answer = caller.sync(MINA, action="createOrUpdate", lookupField="email")
    assert answer.keys() == {"requestId", "success", "result"}
    assert answer["result"] == [{"id": 318581, "status": "created"}]
    assert caller.kept() == [{"id": 318581, **MINA, "partitionName": "Default"}]


def test_text_of_every_script_arrives_unchanged(caller: Caller) -> None:
    person = {"email": "a@b.example", "firstName": "Zoë 김민아", "lastName": "🙂 ‏שלום"}
    assert reasons(caller.sync(person)) == ["created"]
    assert caller.kept()[0].items() >= person.items()


def test_a_known_person_is_updated_and_keeps_what_was_not_sent(caller: Caller) -> None:
    caller.sync(MINA)
    answer = caller.sync({"email": "Mina.Park@fabrikam.example", "title": "CIO"})
    assert answer["result"] == [{"id": 318581, "status": "updated"}]
    [person] = caller.kept()
    assert (person["title"], person["company"], person["email"]) == ("CIO", "Fabrikam", "Mina.Park@fabrikam.example")


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_explicit_nothing_clears_a_value(caller: Caller, nothing: str | None) -> None:
    caller.sync(MINA)
    caller.sync({"email": MINA["email"], "title": nothing})
    assert caller.kept()[0]["title"] is None


def test_results_come_in_the_order_of_the_input(caller: Caller) -> None:
    caller.sync(ADA)
    answer = caller.sync({"email": "bad"}, ADA, {"email": "new@fabrikam.example"}, {"nickname": "x"})
    assert reasons(answer) == ["1003", "updated", "created", "1006"]
    assert [entry.get("status") for entry in answer["result"]] == ["skipped", "updated", "created", "skipped"]
    assert [entry.get("id") for entry in answer["result"]] == [None, 318581, 318582, None]
    assert caller.last_findings() == {"arrival": "mixed", "code": "1003"}


def test_300_records_are_taken_and_301_are_not(caller: Caller) -> None:
    people = [{"email": f"p{number}@fabrikam.example"} for number in range(301)]
    assert codes(caller.sync(*people)) == ["1003"]
    assert caller.kept() == []
    assert reasons(caller.sync(*people[:300])) == ["created"] * 300
    assert len(caller.kept()) == 300


def test_create_only_leaves_a_known_person_alone(caller: Caller) -> None:
    assert reasons(caller.sync(ADA, action="createOnly")) == ["created"]
    answer = caller.sync({**ADA, "firstName": "Eva"}, action="createOnly")
    assert answer["result"] == [{"status": "skipped", "reasons": [{"code": "1005", "message": "Lead already exists"}]}]
    assert caller.kept()[0]["firstName"] == "Ada"


def test_update_only_creates_nobody(caller: Caller) -> None:
    answer = caller.sync(ADA, action="updateOnly")
    assert answer["result"] == [{"status": "skipped", "reasons": [{"code": "1004", "message": "Lead not found"}]}]
    assert caller.kept() == []
    caller.sync(ADA)
    assert reasons(caller.sync(ADA, action="updateOnly")) == ["updated"]


def test_create_duplicate_always_creates_and_then_the_look_up_finds_several(caller: Caller) -> None:
    assert reasons(caller.sync(ADA, ADA, action="createDuplicate")) == ["created", "created"]
    for action, reason in (("createOrUpdate", "1007"), ("updateOnly", "1007"), ("createOnly", "1005")):
        assert reasons(caller.sync(ADA, action=action)) == [reason]
    assert len(caller.kept()) == 2


def test_people_who_were_merged_can_be_updated_again(caller: Caller) -> None:
    caller.sync(ADA, ADA, action="createDuplicate")
    caller.marketo.control("records", {"collection": "people", "key": "318582"}, method="DELETE")
    assert caller.sync(ADA)["result"] == [{"id": 318581, "status": "updated"}]


def test_an_e_mail_twice_in_one_call_is_refused_or_merged(caller: Caller) -> None:
    twice = (ADA, {"email": "ADA@fabrikam.example", "title": "CEO"})
    assert reasons(caller.sync(*twice)) == ["created", "1036"]
    assert "title" not in caller.kept()[0]
    caller.configure(duplicates="merge")
    assert reasons(caller.sync(*twice)) == ["updated", "updated"]
    assert caller.kept()[0]["title"] == "CEO"


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        ({"email": "a@b.example", "FirstName": "A"}, "1006", "Field 'FirstName' not found"),
        (
            {"email": "a@b.example", "unsubscribed": "maybe"},
            "1001",
            "Invalid value 'maybe'. Required of type 'boolean'",
        ),
        ({"email": "a@b.example", "firstName": 7}, "1001", "Invalid value '7'. Required of type 'string'"),
        ({"email": "a@b.example", "firstName": ["A"]}, "1001", "Invalid value '...'. Required of type 'string'"),
        ({"firstName": "A"}, "1002", "Missing value for required parameter 'email'"),
        ({"email": None}, "1002", "Missing value for required parameter 'email'"),
        ({"email": "no address"}, "1003", "Invalid data: Email address 'no address' is invalid"),
        ({"email": "zoë@b.example"}, "1003", "Invalid data: Email address 'zoë@b.example' is invalid"),
        ({"email": "a@b.example", "createdAt": "2026-11-22"}, "1003", "Invalid data: Field 'createdAt' is read only"),
        ({"email": "a@b.example", "id": 318581}, "1003", "Invalid data: Field 'id' is read only"),
    ],
)
def test_a_bad_record_is_skipped_and_the_good_one_beside_it_is_not(
    caller: Caller, record: dict[str, Any], code: str, message: str
) -> None:
    answer = caller.sync(ADA, record)
    assert answer["result"][1] == {"status": "skipped", "reasons": [{"code": code, "message": message}]}
    assert [person["email"] for person in caller.kept()] == [ADA["email"]]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("boolean", [True, "false"], [1, "yes"]),
        ("integer", [7, "-7"], [7.5, True, "seven", 2**31]),
        ("float", [7, 7.5], ["x", False, 10**40]),
        ("date", ["2026-11-22"], ["22.11.2026", "2026-13-01"]),
        ("datetime", ["2026-11-22T06:00:00Z"], ["2026-11-22", "2026-11-22T99:00:00Z"]),
    ],
)
def test_each_type_takes_its_values_only(caller: Caller, kind: str, good: list[Any], bad: list[Any]) -> None:
    caller.configure(fields={"custom": {"dataType": kind, "length": None}})
    assert reasons(caller.sync(*({"email": f"g{at}@b.example", "custom": one} for at, one in enumerate(good)))) == [
        "created"
    ] * len(good)
    assert reasons(caller.sync(*({"email": f"b{at}@b.example", "custom": one} for at, one in enumerate(bad)))) == [
        "1001"
    ] * len(bad)


@pytest.mark.parametrize(
    ("field", "fits", "too_long"),
    [
        ("company", "x" * 255, "x" * 256),
        ("company", "🙂" * 127 + "x", "🙂" * 128),  # an emoji is two units of UTF-16
        ("address", "김" * 10_000, "김" * 10_000 + "x"),  # text areas count bytes
    ],
)
def test_a_value_that_is_too_long_is_refused_or_cut(caller: Caller, field: str, fits: str, too_long: str) -> None:
    assert reasons(caller.sync({"email": "a@b.example", field: fits})) == ["created"]
    assert reasons(caller.sync({"email": "a@b.example", field: too_long})) == ["1001"]
    assert caller.kept()[0][field] == fits
    caller.configure(too_long="cut")
    assert reasons(caller.sync({"email": "c@b.example", field: too_long})) == ["created"]
    assert caller.kept()[1][field] == too_long[: len(fits) if field == "address" else len(too_long) - 1]


def test_the_look_up_field_must_be_searchable(caller: Caller) -> None:
    for name in ("company", "nickname"):
        answer = caller.sync({"email": "a@b.example", "company": "A"}, lookupField=name)
        assert answer["result"][0]["reasons"] == [{"code": "1011", "message": f"Field '{name}' is not supported"}]
    caller.configure(fields={"marketplaceLeadId": {"searchable": True}})
    record = {"email": "a@b.example", "marketplaceLeadId": "1f81eb52"}
    assert reasons(caller.sync(record, lookupField="marketplaceLeadId")) == ["created"]
    assert reasons(caller.sync({**record, "email": "b@b.example"}, lookupField="marketplaceLeadId")) == ["updated"]
    assert [person["email"] for person in caller.kept()] == ["b@b.example"]


def test_a_person_can_be_looked_up_by_id(caller: Caller) -> None:
    caller.sync(ADA)
    assert reasons(caller.sync({"id": 318581, "firstName": "Eva"}, lookupField="id")) == ["updated"]
    assert caller.kept()[0]["firstName"] == "Eva"
    assert reasons(caller.sync({"id": 1}, lookupField="id")) == ["1004"]
    assert reasons(caller.sync({"id": 318581}, lookupField="id", action="createOnly")) == ["1003"]


def test_the_company_of_a_person_on_a_company_record_cannot_be_changed(caller: Caller) -> None:
    caller.sync(MINA)
    caller.edit(318581, externalCompanyId="c-1")
    assert reasons(caller.sync({**MINA, "title": "CIO"})) == ["1021"]
    assert caller.kept()[0]["title"] == "IT manager"
    without = {name: value for name, value in MINA.items() if name != "company"}
    assert reasons(caller.sync({**without, "title": "CIO"})) == ["updated"]
    assert caller.kept()[0]["title"] == "CIO"


def test_a_partition_must_be_named_where_the_user_has_several(caller: Caller) -> None:
    caller.configure(partitions={"EMEA": True, "Closed": False})
    assert reasons(caller.sync(ADA)) == ["1009"]
    for name in ("Closed", "Nowhere"):
        answer = caller.sync(ADA, partitionName=name)
        assert answer["result"][0]["reasons"] == [
            {"code": "1008", "message": f"Access to partition '{name}' is denied"}
        ]
    assert reasons(caller.sync(ADA, partitionName="EMEA")) == ["created"]
    assert reasons(caller.sync(ADA, partitionName="Default")) == ["1010"]
    assert caller.kept()[0]["partitionName"] == "EMEA"


def test_a_partition_need_not_be_named_where_the_user_has_one(caller: Caller) -> None:
    caller.configure(partitions={"Default": False, "EMEA": True})
    assert reasons(caller.sync(ADA)) == ["created"]
    assert caller.kept()[0]["partitionName"] == "EMEA"
    caller.configure(partitions={"Default": True, "EMEA": None})
    assert reasons(caller.sync(ADA)) == ["1008"]
    caller.configure(partitions={"Default": False})
    assert reasons(caller.sync({"email": "b@b.example"})) == ["1008"]
    caller.configure(partitions={"EMEA": False})
    assert reasons(caller.sync({"email": "b@b.example"})) == ["1009"]


@pytest.mark.parametrize(
    ("order", "code"),
    [({"action": "upsert"}, "1003"), ({"lookupField": "company"}, "1011"), ({"partitionName": "Nowhere"}, "1008")],
)
def test_a_wrong_parameter_is_told_for_each_record_or_for_the_request(
    caller: Caller, order: dict[str, str], code: str
) -> None:
    assert reasons(caller.sync(ADA, MINA, **order)) == [code, code]
    caller.configure(parameter_errors="request")
    assert codes(caller.sync(ADA, MINA, **order)) == [code]
    assert caller.kept() == []


def test_nulls_count_as_not_given(caller: Caller) -> None:
    assert reasons(caller.sync(ADA, action=None, lookupField=None, partitionName=None)) == ["created"]


def test_half_a_surrogate_pair_harms_nothing(caller: Caller) -> None:
    reply = caller.call("POST", LEADS, b'{"input": [{"email": "a@b.example", "firstName": "\\ud83d"}]}')
    assert reasons(reply.content) == ["created"]
    assert caller.kept()[0]["firstName"] == "?"


@pytest.mark.parametrize("value", [b"1e999", b"[" * 900 + b"]" * 900, b'{"a": {}}', b"1" * 4000])
def test_monstrous_values_are_misfits(caller: Caller, value: bytes) -> None:
    caller.configure(fields={"score": {"dataType": "float", "length": None}})
    reply = caller.call("POST", LEADS, b'{"input": [{"email": "a@b.example", "score": %s}]}' % value)
    assert reasons(reply.content) == ["1001"]


def test_the_history_tells_every_change(caller: Caller) -> None:
    caller.sync(ADA)
    caller.sync(ADA)
    caller.edit(318581, title="CEO")
    [record] = caller.marketo.control("records?collection=people")["records"]
    assert [entry["event"] for entry in record["history"]] == ["created", "updated", "edited"]
