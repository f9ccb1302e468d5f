"""What is sent, and what is sent instead after a refusal."""

from dataclasses import replace

import pytest

from integrations.connectors.salesforce.drafts import draft_of, improved
from integrations.connectors.salesforce.fields import DEFAULT_FIELDS
from integrations.connectors.salesforce.refusals import Refusal
from integrations.contract import Note
from integrations.mapping import Origin, Rule
from tests.integrations.records import RECORD

DRAFT = draft_of(RECORD, DEFAULT_FIELDS)
NO_EMAIL = Refusal("INVALID_EMAIL_ADDRESS", "…", ("Email",))
NO_COUNTRY = Refusal("FIELD_INTEGRITY_EXCEPTION", "There's a problem with this country", ("Country",))
TOO_LONG = Refusal("STRING_TOO_LONG", "Company: data value too large: Fabrikam (max length=5)", ("Company",))


def test_all_refusals_are_answered_at_once() -> None:
    better = improved(DRAFT, [NO_EMAIL, NO_COUNTRY, TOO_LONG])
    assert better is not None
    assert better.values["Company"] == "Fabri"
    assert {"Email", "Country"} & set(better.values) == set()
    assert better.values["Description"].startswith(
        "Need a quote for 20 seats\n\nEmail: mina.park@fabrikam.example\n\nCountry: KR\n\n--\nOffer: Contoso Firewall\n"
    )
    assert better.notes[-3:] == (
        Note("sent_without", {"field": "Email"}),
        Note("sent_without", {"field": "Country"}),
        Note("sent_again_shorter", {"field": "Company", "limit": 5}),
    )
    assert better.record.key == RECORD.key


@pytest.mark.parametrize(
    "refusals",
    [
        [],
        [Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No", ("Email",))],
        [NO_EMAIL, Refusal("REQUIRED_FIELD_MISSING", "…", ("Region__c",))],
        [Refusal("STRING_TOO_LONG", "no number", ("Company",))],
        [Refusal("STRING_TOO_LONG", "(max length=5)", ("Marketplace_Lead_Id__c",))],
        [Refusal("STRING_TOO_LONG", "(max length=5)")],
        [Refusal("INVALID_EMAIL_ADDRESS", "…", ("Other_Email__c",))],
        [Refusal("FIELD_INTEGRITY_EXCEPTION", "…", ("OwnerId",))],
    ],
)
def test_nothing_is_tried_again_where_other_words_do_not_help(refusals: list[Refusal]) -> None:
    assert improved(DRAFT, refusals) is None


def test_a_lead_without_a_country_is_not_sent_again_without_one() -> None:
    assert improved(draft_of(replace(RECORD, country=""), DEFAULT_FIELDS), [NO_COUNTRY]) is None


def test_state_and_country_go_together() -> None:
    rules = (*DEFAULT_FIELDS.rules, Rule("State", Origin.CONSTANT, "Gyeonggi"))
    better = improved(draft_of(RECORD, DEFAULT_FIELDS.with_rules(rules)), [NO_COUNTRY])
    assert better is not None
    assert {"State", "Country"} & set(better.values) == set()
    assert "Country: KR\n\nState/Province: Gyeonggi" in better.values["Description"]


def test_an_address_is_never_cut() -> None:
    refusal = Refusal("STRING_TOO_LONG", "Email: data value too large (max length=10)", ("Email",))
    better = improved(DRAFT, [refusal])
    assert better is not None
    assert "Email" not in better.values
    assert "\nE-mail: mina.park@fabrikam.example\n" in better.values["Description"]


def test_a_field_that_was_not_described_is_cut_as_well() -> None:
    rules = (*DEFAULT_FIELDS.rules, Rule("Offer__c", Origin.FIELD, "offer_title"))
    draft = draft_of(RECORD, DEFAULT_FIELDS.with_rules(rules))
    better = improved(draft, [Refusal("STRING_TOO_LONG", "Offer: … (max length=7)", ("Offer__c",))])
    assert better is not None
    assert better.values["Offer__c"] == "Contoso"
