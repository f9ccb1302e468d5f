from dataclasses import replace
from datetime import timedelta, timezone

from integrations.connectors.https.body import camel_case, documented, event
from tests.integrations.records import RECORD

DOCUMENTED = {
    "UserDetails": {
        "FirstName": "Mina",
        "LastName": "Park",
        "Email": "mina.park@fabrikam.example",
        "Phone": "821055501234",
        "Country": "KR",
        "Company": "Fabrikam",
        "Title": "IT manager",
    },
    "LeadSource": "AzureMarketplace-INS|contoso.fw",
    "ActionCode": "INS",
    "OfferTitle": "Contoso Firewall",
    "Description": "Need a quote for 20 seats",
}


def test_the_documented_shape_is_the_marketplaces_own() -> None:
    assert documented(RECORD) == DOCUMENTED
    assert list(documented(RECORD)) == list(DOCUMENTED)


def test_camel_case_differs_in_letters_only() -> None:
    assert camel_case(RECORD) == {
        "userDetails": {
            "firstName": "Mina",
            "lastName": "Park",
            "email": "mina.park@fabrikam.example",
            "phone": "821055501234",
            "country": "KR",
            "company": "Fabrikam",
            "title": "IT manager",
        },
        "leadSource": "AzureMarketplace-INS|contoso.fw",
        "actionCode": "INS",
        "offerTitle": "Contoso Firewall",
        "description": "Need a quote for 20 seats",
    }


def test_the_event_wraps_the_documented_shape_with_id_and_time() -> None:
    assert event(RECORD) == {
        "type": "lead.created",
        "timestamp": "2026-11-22T06:00:00Z",
        "data": {"id": "1f81eb52-5198-4599-803e-771906343485"} | DOCUMENTED,
    }


def test_the_events_time_is_in_utc() -> None:
    in_seoul = replace(RECORD, received_at=RECORD.received_at.astimezone(timezone(timedelta(hours=9))))
    assert event(in_seoul) == event(RECORD)


def test_only_the_event_of_a_test_says_so() -> None:
    test = replace(RECORD, is_test=True)
    assert event(test) == event(RECORD) | {"test": True}
    assert documented(test) == DOCUMENTED


def test_fields_that_were_not_given_are_there_and_empty() -> None:
    empty = documented(replace(RECORD, phone="", description=""))
    assert empty["UserDetails"]["Phone"] == ""
    assert empty["Description"] == ""
