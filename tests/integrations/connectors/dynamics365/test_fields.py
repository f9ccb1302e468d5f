"""A lead in Dataverse's columns."""

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.connectors.dynamics365.creation import Creation, address_of
from integrations.connectors.dynamics365.fields import DEFAULT_FIELDS, RULES, marked, with_limit
from integrations.contract import Note
from integrations.mapping import Origin, Rule
from tests.integrations.connectors.dynamics365.conftest import KEY_COLUMN
from tests.integrations.records import KEY, RECORD

BLOCK = (
    "--\nOffer: Contoso Firewall\nLead source: AzureMarketplace-INS|contoso.fw\nReceived: 2026-11-22T06:00:00Z\n"
    "Marketplace lead: 1f81eb52-5198-4599-803e-771906343485"
)


def test_a_lead_fills_the_columns_that_sales_people_look_at() -> None:
    creation = Creation.of(RECORD, DEFAULT_FIELDS, "")
    assert json.loads(creation.body) == {
        "subject": "Contoso Firewall",
        "firstname": "Mina",
        "lastname": "Park",
        "emailaddress1": "mina.park@fabrikam.example",
        "telephone1": "821055501234",
        "address1_country": "KR",
        "companyname": "Fabrikam",
        "jobtitle": "IT manager",
        "description": f"Need a quote for 20 seats\n\n{BLOCK}",
    }
    assert (creation.resource, creation.notes) == (f"leads({KEY})", ())


def test_what_is_demanded_is_never_empty_and_the_rest_is_left_out() -> None:
    empty = replace(RECORD, first_name="", last_name="", email="", phone="", country="", company="", title="",
                    offer_title="", description="")  # fmt: skip
    columns = Creation.of(empty, DEFAULT_FIELDS, "").columns
    assert (columns["subject"], columns["lastname"]) == ("Marketplace lead AzureMarketplace", "[not provided]")
    assert set(columns) == {"subject", "lastname", "description"}
    assert Creation.of(replace(empty, email="mina@x.example"), DEFAULT_FIELDS, "").columns["lastname"] == "mina"


def test_who_must_not_be_contacted_is_marked_three_times_and_nobody_else_once() -> None:
    marks = ("donotemail", "donotphone", "donotbulkemail")
    columns = Creation.of(replace(RECORD, is_dnc=True), DEFAULT_FIELDS, "").columns
    assert [columns[mark] for mark in marks] == [True, True, True]
    assert not set(marks) & set(Creation.of(RECORD, DEFAULT_FIELDS, "").columns)


def test_a_test_lead_says_so_in_its_topic() -> None:
    assert marked(replace(RECORD, is_test=True)).offer_title == "TEST – Contoso Firewall"
    assert marked(replace(RECORD, is_test=True, offer_title="")).offer_title == "TEST – Marketplace lead"
    assert marked(RECORD) is RECORD


LIMITS = [("subject", "offer_title", 300), ("firstname", "first_name", 50), ("lastname", "last_name", 50),
          ("telephone1", "phone", 50), ("address1_country", "country", 80), ("companyname", "company", 100),
          ("jobtitle", "title", 100)]  # fmt: skip


@pytest.mark.parametrize(("column", "name", "limit"), LIMITS)
def test_a_text_is_cut_at_the_columns_length(column: str, name: str, limit: int) -> None:
    too_long: dict[str, Any] = {name: "é" * (limit + 1)}
    long, fits = replace(RECORD, **too_long), replace(RECORD, **{name: too_long[name][1:]})
    cut = Creation.of(long, DEFAULT_FIELDS, "")
    assert cut.columns[column] == "é" * limit
    assert cut.notes == (Note("cut", {"field": column, "length": limit + 1, "limit": limit}),)
    assert Creation.of(fits, DEFAULT_FIELDS, "").notes == ()


def test_of_a_long_note_the_block_below_it_stays_whole() -> None:
    description = Creation.of(replace(RECORD, description="🚀" * 2000), DEFAULT_FIELDS, "").columns["description"]
    assert len(description.encode("utf-16-le")) // 2 in (1999, 2000)
    assert description.endswith(f"🚀\n\n{BLOCK}")


def test_an_address_that_is_none_stands_in_the_description() -> None:
    creation = Creation.of(replace(RECORD, email="mina at fabrikam"), DEFAULT_FIELDS, "")
    assert "emailaddress1" not in creation.columns
    assert "E-mail: mina at fabrikam" in creation.columns["description"]
    assert creation.notes == (Note("email_left_out", {"field": "emailaddress1"}),)


def test_a_choice_is_sent_as_a_number() -> None:
    fields = DEFAULT_FIELDS.with_rules([*RULES, Rule("leadsourcecode", Origin.CONSTANT, "8")])
    assert b'"leadsourcecode":8' in Creation.of(RECORD, fields, "").body


def test_what_stands_in_the_address_does_not_stand_in_the_body() -> None:
    rules = [Rule("leadid", Origin.FIELD, "key"), Rule(KEY_COLUMN, Origin.FIELD, "key"), *RULES]
    creation = Creation.of(RECORD, DEFAULT_FIELDS.with_rules(rules), KEY_COLUMN)
    assert not {"leadid", KEY_COLUMN} & set(creation.columns)
    assert creation.resource == f"leads({KEY_COLUMN}='{KEY}')?$select=leadid"
    assert address_of(KEY, KEY_COLUMN) == f"leads({KEY_COLUMN}='{KEY}')"


def test_a_lead_is_only_ever_created() -> None:
    for column, wish in (("", ""), (KEY_COLUMN, "return=representation,")):
        creation = Creation.of(RECORD, DEFAULT_FIELDS, column)
        assert creation.headers == {
            "Content-Type": "application/json; charset=utf-8", "If-None-Match": "*",
            "Prefer": f'{wish}odata.include-annotations="Microsoft.PowerApps.CDS.ErrorDetails*,'
                      'Microsoft.PowerApps.CDS.HelpLink"',
        }  # fmt: skip
        part = creation.as_part()
        assert (part.method, part.path) == ("PATCH", f"/api/data/v9.2/{creation.resource}")
        assert part.headers["If-None-Match"] == "*"
        assert part.headers.get("Prefer", "") == wish.rstrip(",")
        assert part.body == creation.body


def test_a_line_feed_never_gets_into_a_body_as_it_is() -> None:
    assert b"\n" not in Creation.of(replace(RECORD, description="a\nb"), DEFAULT_FIELDS, "").body


def test_a_length_is_learnt_and_never_forgotten_for_a_greater_one() -> None:
    shorter = with_limit(DEFAULT_FIELDS, "subject", 100)
    assert shorter.targets["subject"].max_length == 100
    assert shorter.targets["subject"].required is True
    assert with_limit(shorter, "subject", 200) is shorter
    assert with_limit(DEFAULT_FIELDS, "cr1_own", 20).targets["cr1_own"].max_length == 20
