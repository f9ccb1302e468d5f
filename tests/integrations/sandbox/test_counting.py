"""What arrived can be counted: one post is one arrival and keeps one record, each record of a batch has its line."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from integrations.sandbox.dataverse import Dataverse
from integrations.sandbox.hubspot import HubSpot
from integrations.sandbox.journal import STEPS
from integrations.sandbox.marketo import Marketo
from integrations.sandbox.receiver import Receiver
from integrations.sandbox.salesforce import Salesforce
from integrations.sandbox.simulator import Simulator
from tests.integrations.sandbox.browsing import page, visible
from tests.integrations.sandbox.dataverse import caller as dataverse
from tests.integrations.sandbox.dataverse import test_batch as operations
from tests.integrations.sandbox.hubspot import caller as hubspot
from tests.integrations.sandbox.marketo import caller as marketo
from tests.integrations.sandbox.salesforce import caller as salesforce
from tests.integrations.sandbox.sender import post_signed

OTTO = {"email": "otto@fabrikam.example", "firstName": "Otto", "lastName": "Berg"}


def part(system: Simulator, name: str) -> str:
    """The text of one section of the page."""
    return visible(f"<{page(system).partition(f'<section id="{name}"')[2].partition('</section>')[0]}")


def rows(system: Simulator, name: str) -> int:
    return page(system).partition(f'<section id="{name}"')[2].partition("</section>")[0].count("<li><details ")


def test_a_web_to_lead_form_is_received_once_and_keeps_one_lead() -> None:
    with Salesforce.running() as org:
        caller = salesforce.Caller(org)
        caller.post_form()
        caller.settled()
        arrived = part(org, "arrived")
        assert "Requests 1 Kept 1" in arrived
        assert "received once" in arrived
        assert rows(org, "kept") == 1
        assert "leads" in part(org, "kept")
        assert "Kept 1" in part(org, "kept")
        assert rows(org, "beside") == 1
        assert "Mina Park mina.park@fabrikam.example forms" in part(org, "beside")
        assert "made into a lead" in part(org, "beside")


def test_a_form_that_was_dropped_keeps_nothing_and_says_what_became_of_it() -> None:
    with Salesforce.running() as org:
        caller = salesforce.Caller(org)
        caller.configure(web_to_lead={"recaptcha": True})
        caller.post_form()
        caller.settled()
        assert "Requests 1 Kept 0" in part(org, "arrived")
        assert rows(org, "kept") == 0
        assert "dropped without a word" in part(org, "beside")


def test_a_web_to_lead_form_posted_twice_keeps_two() -> None:
    with Salesforce.running() as org:
        caller = salesforce.Caller(org)
        for _ in range(2):
            caller.post_form()
        caller.settled(2)
        assert "Requests 2 Kept 2" in part(org, "arrived")
        assert rows(org, "kept") == 2


def test_a_marketo_form_keeps_one_person_and_its_log_is_no_second_entry() -> None:
    with Marketo.running() as instance:
        marketo.Caller(instance).post_form()
        arrived = part(instance, "arrived")
        assert "Requests 1 Kept 1" in arrived
        assert "received once" in arrived
        assert rows(instance, "kept") == 1
        assert "Fill Out Form" in part(instance, "beside")
        assert "Fill Out Form" not in part(instance, "kept")


def test_a_member_of_a_program_is_one_person() -> None:
    with Marketo.running() as instance:
        caller = marketo.Caller(instance)
        caller.push(marketo.MINA)
        assert "Requests 2 Kept 1" in part(instance, "arrived")  # the token's, and the person's
        assert "Marketplace" in part(instance, "beside")


def test_an_address_whose_records_are_not_counted_shows_no_count() -> None:
    with Marketo.running() as instance:
        marketo.Caller(instance).post_form()
        addresses = visible(page(instance).partition('id="addresses"')[2].partition("</section>")[0])
    assert re.findall(r"\d+ kept", addresses) == ["1 kept"]


def test_each_record_of_a_hubspot_batch_has_its_line() -> None:
    with HubSpot.running() as portal:
        caller = hubspot.Caller(portal.url)
        caller.upsert(hubspot.one("otto@fabrikam.example", firstname="Otto", lastname="Berg"))
        caller.upsert(
            hubspot.one(trace="t-1", firstname="Mina", lastname="Park"),
            hubspot.one("otto@fabrikam.example", trace="t-2", firstname="Otto", lastname="Berg"),
            hubspot.one("no address", trace="t-3", firstname="Ada"),
        )
        arrived = part(portal, "arrived")
        assert "Requests 2 Kept 2" in arrived
        assert "3 records" in arrived
        assert "Mina Park mina.park@fabrikam.example 513 · received once New" in arrived
        assert "Otto Berg otto@fabrikam.example 512 · received 2 times Updated" in arrived
        assert "Ada no address E-mail address not valid" in arrived


def test_a_refused_hubspot_batch_still_names_each_person() -> None:
    with HubSpot.running() as portal:
        caller = hubspot.Caller(portal.url, token="wrong")
        caller.upsert(hubspot.one(firstname="Mina"), hubspot.one("otto@fabrikam.example", firstname="Otto"))
        arrived = part(portal, "arrived")
    assert "Mina mina.park@fabrikam.example" in arrived
    assert "Otto otto@fabrikam.example" in arrived


def test_each_person_of_a_marketo_call_has_a_line() -> None:
    with Marketo.running() as instance:
        caller = marketo.Caller(instance)
        caller.sync(marketo.MINA)
        caller.sync(marketo.MINA, OTTO, {**OTTO, "email": "otto@berg.example", "leadScore": "much"})
        arrived = part(instance, "arrived")
        assert "3 records" in arrived
        assert "Mina Park mina.park@fabrikam.example 318581 · received 2 times Updated" in arrived
        assert "Otto Berg otto@fabrikam.example 318582 · received once New" in arrived
        assert "Otto Berg otto@berg.example" in arrived


def test_each_lead_of_a_salesforce_call_has_a_line() -> None:
    with Salesforce.running() as org:
        caller = salesforce.Caller(org)
        caller.insert()
        record = {"attributes": {"type": "Lead"}, **salesforce.MINA}
        otto = {**record, "FirstName": "Otto", salesforce.EXTERNAL_ID: "another", "Email": "otto@fabrikam.example"}
        caller.call("POST", salesforce.BATCH, {"records": [record, otto, {**otto, "LastName": None}]})
        arrived = part(org, "arrived")
        [first] = [lead["Id"] for lead in caller.kept() if lead["FirstName"] == "Mina"]
        assert "3 records" in arrived
        assert f"Mina Park mina.park@fabrikam.example {first} · received 2 times Already there" in arrived
        assert re.search(r"Otto Park otto@fabrikam.example 00Q\w{15} · received once New", arrived)
        assert "Otto otto@fabrikam.example Required field missing" in arrived


def test_the_control_interface_tells_of_each_record() -> None:
    with HubSpot.running() as portal:
        hubspot.Caller(portal.url).upsert(hubspot.one(firstname="Mina"), hubspot.one("otto@fabrikam.example"))
        [request] = portal.control("requests")["requests"]
    assert [(one["key"], one["email"], one["times_received"]) for one in request["records"]] == [
        ("512", "mina.park@fabrikam.example", 1),
        ("513", "otto@fabrikam.example", 1),
    ]
    assert request["records"][0]["findings"] == {"arrival": "new"}


def test_each_lead_of_a_dataverse_batch_has_a_line() -> None:
    with Dataverse.running() as environment:
        caller = dataverse.Caller(environment)
        caller.patch()
        otto = {**dataverse.LEAD, "firstname": "Otto", "emailaddress1": "otto@fabrikam.example"}
        parts = [operations.patch(dataverse.LEAD_ID), operations.patch(dataverse.OTHER_ID, otto)]
        content = operations.joined([operations.part(one) for one in parts])
        kind = {"Content-Type": 'multipart/mixed; boundary="batch_7f3"', **operations.GO_ON}
        assert caller.call("POST", "$batch", content.encode(), kind).status == 200
        arrived = part(environment, "arrived")
    assert "2 records" in arrived
    assert f"Mina Park mina.park@fabrikam.example {dataverse.LEAD_ID} · received 2 times" in arrived
    assert f"Otto Park otto@fabrikam.example {dataverse.OTHER_ID} · received once" in arrived


def test_a_dataverse_batch_of_one_is_shown_as_that_one() -> None:
    with Dataverse.running() as environment:
        caller = dataverse.Caller(environment)
        kind = {"Content-Type": 'multipart/mixed; boundary="batch_7f3"'}
        caller.call(
            "POST", "$batch", operations.joined([operations.part(operations.patch(dataverse.LEAD_ID))]).encode(), kind
        )
        arrived = part(environment, "arrived")
    assert (
        f"Mina Park mina.park@fabrikam.example POST {dataverse.API}/$batch · {dataverse.LEAD_ID} · received once"
        in arrived
    )


def test_each_target_of_a_dataverse_message_has_a_line() -> None:
    with Dataverse.running() as environment:
        lead = {"@odata.type": "Microsoft.Dynamics.CRM.lead", **dataverse.LEAD}
        targets = [{**lead, "leadid": dataverse.LEAD_ID}, {**lead, "leadid": dataverse.OTHER_ID, "firstname": "Otto"}]
        caller = dataverse.Caller(environment)
        assert caller.call("POST", "leads/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": targets}).status == 200
        arrived = part(environment, "arrived")
    assert f"Mina Park mina.park@fabrikam.example {dataverse.LEAD_ID} · received once" in arrived
    assert f"Otto Park mina.park@fabrikam.example {dataverse.OTHER_ID} · received once" in arrived


def test_a_state_file_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    state = tmp_path / "receiver.sqlite3"
    with closing(sqlite3.connect(state)) as database:
        database.executescript(f"{STEPS[0]} pragma user_version = 1;")
        database.execute(
            "insert into request values (7, 0, 1, 'POST', '/hook', '[]', x'', 200, null, '', 'msg-1', 'Mina', '', '{}')"
        )
        database.commit()
    with Receiver.running(state=state) as receiver:
        post_signed(receiver.url, message_id="msg-2")
        found = receiver.control("requests")["requests"]
    assert [(one["number"], one["key"], one["records"]) for one in found] == [(7, "msg-1", []), (8, "msg-2", [])]
