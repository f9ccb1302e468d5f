from hashlib import sha256

from leads.marketplace.fingerprint import fingerprint

LEAD = {"UserDetails": {"LastName": "Ng", "Email": "ng@x.example"}, "LeadSource": "SPZA"}


def test_the_fingerprint_is_the_hash_of_the_sorted_content() -> None:
    canonical = '{"leadsource":"SPZA","userdetails":{"email":"ng@x.example","lastname":"Ng"}}'
    assert fingerprint(LEAD) == sha256(canonical.encode()).hexdigest()
    assert fingerprint(LEAD) == "860e82a005363eccc94a06bf989ea3011109188877f4b431734968397af5e9b8"


def test_case_of_names_order_blanks_and_empties_do_not_matter() -> None:
    again = {
        "leadSource": " SPZA\r\n",
        "title": None,
        "USERDETAILS": {"email": "ng@x.example", "lastName": "Ng", "x": []},
    }
    assert fingerprint(again) == fingerprint(LEAD)


def test_any_other_content_does_matter() -> None:
    assert fingerprint(LEAD | {"LeadSource": "spza"}) != fingerprint(LEAD)
    assert fingerprint(LEAD | {"PlanId": "gold"}) != fingerprint(LEAD)
    assert fingerprint(LEAD | {"Description": "x" * 20_000}) != fingerprint(LEAD | {"Description": "x" * 20_001})
    assert fingerprint({"a": "1"}) != fingerprint({"a": 1})
