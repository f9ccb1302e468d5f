from leads.marketplace.catalogue import DOCUMENTED, Action, Source, Warmth
from leads.marketplace.lead_source import Quality
from leads.marketplace.payload import ParsedLead, parse_lead
from leads.marketplace.remark import Remark


def codes(lead: ParsedLead) -> list[str]:
    return [warning.code for warning in lead.warnings]


def test_an_empty_object_is_a_lead_without_anything() -> None:
    nothing = parse_lead({})
    assert nothing == ParsedLead(fingerprint=nothing.fingerprint)
    assert len(nothing.fingerprint) == 64


def test_null_blank_and_missing_are_equal() -> None:
    names = ["UserDetails", "LeadSource", "ActionCode", "OfferTitle", "Description"]
    person = {"FirstName": " ", "Email": None, "Phone": "\u200b"}
    blank = dict.fromkeys(names, "  ") | {"UserDetails": person}
    assert parse_lead(dict.fromkeys(names)) == parse_lead(blank) == parse_lead({})


def test_names_match_in_any_letter_case_at_both_levels() -> None:
    loud = parse_lead({"USERDETAILS": {"EMAIL": "a@x.example"}, "LEADSOURCE": "SPZA", "ACTIONCODE": "PLT"})
    soft = parse_lead({"userdetails": {"email": "a@x.example"}, "leadsource": "SPZA", "actioncode": "PLT"})
    assert loud == soft
    assert (loud.email, loud.source, loud.action, loud.warnings) == ("a@x.example", "SPZA", "PLT", ())


def test_the_catalogue_decides_what_is_known_and_whom_not_to_contact() -> None:
    catalogue = DOCUMENTED.with_terms(
        [Source("Store", "Store")], [Action("OptOut", "Opted out", Warmth.NONE, contact_allowed=False)]
    )
    fields = {"LeadSource": "store-optout"}
    known = parse_lead(fields, catalogue)
    assert (known.source, known.action, known.quality, known.is_dnc) == ("Store", "OptOut", Quality.EXACT, True)
    unknown = parse_lead(fields)
    assert (unknown.source, unknown.action, unknown.quality, unknown.is_dnc) == (
        "store",
        "optout",
        Quality.GUESSED,
        False,
    )


def test_a_bare_dnc_in_the_lead_source_forbids_contact() -> None:
    assert parse_lead({"LeadSource": "dnc"}).is_dnc
    assert parse_lead({"ActionCode": " dnc "}).is_dnc
    assert not parse_lead({"Description": "DNC"}).is_dnc


def test_without_a_title_the_offer_part_is_the_title() -> None:
    assert parse_lead({"LeadSource": "SPZA-INS|contoso.x"}).offer_title == "contoso.x"
    assert parse_lead({"LeadSource": "SPZA-INS|contoso.x", "OfferTitle": "Contoso X"}).offer_title == "Contoso X"


def test_a_test_lead_has_no_fingerprint_and_every_other_lead_has_one() -> None:
    for name in ("LeadSource", "ActionCode", "Description"):
        assert parse_lead({name: "msft_test_1"}).is_test
        assert parse_lead({name: "msft_test_1"}).fingerprint == ""
    for name in ("FirstName", "LastName", "Company", "Title", "Email"):
        assert parse_lead({"UserDetails": {name: "MSFT_TEST_1"}}).is_test
    for name in ("Phone", "Country"):
        lead = parse_lead({"UserDetails": {name: "MSFT_TEST_1"}, "OfferTitle": "MSFT_TEST_1"})
        assert not lead.is_test
        assert len(lead.fingerprint) == 64


def test_a_person_beside_empty_user_details_is_taken() -> None:
    lead = parse_lead({"UserDetails": {"Email": None}, "email": "a@x.example", "PlanId": "gold"})
    assert (lead.email, lead.unknown_fields, codes(lead)) == (
        "a@x.example",
        {"PlanId": "gold"},
        ["person_at_top_level"],
    )


def test_a_person_beside_user_details_without_a_person_is_taken() -> None:
    lead = parse_lead({"UserDetails": {"Fax": "1"}, "email": "a@x.example"})
    assert (lead.email, lead.unknown_fields) == ("a@x.example", {"UserDetails.Fax": "1"})


def test_a_person_beside_filled_user_details_stays_among_the_other_fields() -> None:
    lead = parse_lead({"UserDetails": {"LastName": "Ng"}, "Email": "a@x.example"})
    assert (lead.last_name, lead.email, lead.email_key) == ("Ng", "", "")
    assert (lead.unknown_fields, codes(lead)) == ({"Email": "a@x.example"}, [])


def test_user_details_sent_twice_count_once() -> None:
    lead = parse_lead({"UserDetails": {"Email": ""}, "userDetails": {"Email": "a@x.example"}})
    assert (lead.email, lead.unknown_fields) == ("a@x.example", {})
    assert lead.warnings == (Remark("repeated_field", {"field": "UserDetails"}),)


def test_a_field_repeated_a_thousand_times_makes_one_warning() -> None:
    person: dict[str, object] = {"Email" + "\x00" * times: f"{times}@x.example" for times in range(1_000)}
    lead = parse_lead({"UserDetails": person})
    assert lead.email == "0@x.example"
    assert lead.warnings == (Remark("repeated_field", {"field": "UserDetails.Email"}),)


def test_a_value_at_its_limit_is_kept_whole_and_one_character_more_is_cut_with_a_warning() -> None:
    limits = {"LeadSource": 1_000, "ActionCode": 1_000, "OfferTitle": 1_000, "Description": 10_000}
    assert parse_lead({name: "x" * limit for name, limit in limits.items()}).warnings == ()
    cut = parse_lead({name: "x" * (limit + 1) for name, limit in limits.items()})
    assert [len(text) for text in (cut.lead_source, cut.offer_title, cut.description)] == [1_000, 1_000, 10_000]
    assert cut.warnings == tuple(
        Remark("shortened", {"field": name, "length": limit + 1, "limit": limit}) for name, limit in limits.items()
    )


def test_an_address_that_is_too_long_is_not_cut_to_somebody_else_s() -> None:
    address = "a" * 240 + "@x.example.com"
    assert parse_lead({"UserDetails": {"Email": address}}).email == address
    lead = parse_lead({"UserDetails": {"Email": address + ".au"}})
    assert (lead.email, lead.email_key) == ("", "")
    assert lead.unknown_fields == {"UserDetails.Email": address + ".au"}
    assert codes(lead) == ["address_too_long"]
