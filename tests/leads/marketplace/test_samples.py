import json

import pytest

from leads.marketplace.body import read_leads
from leads.marketplace.payload import ParsedLead, parse_lead
from leads.marketplace.samples import NAMES, CannotVary, UnknownSample, body_of, varied

UNREADABLE = {
    "blank_body",
    "cut_off",
    "deep_nesting",
    "empty_list",
    "faq_comma_missing",
    "form_post",
    "korean_in_euc_kr",
    "only_text",
}


def leads_in(body: bytes) -> list[ParsedLead]:
    return [parse_lead(fields) for fields in read_leads(body).leads.values()]


def test_an_unknown_sample_is_refused_even_if_it_is_a_path() -> None:
    for name in ("nobody", "../body", "", "a_documented.json"):
        with pytest.raises(UnknownSample):
            body_of(name)


@pytest.mark.parametrize("name", sorted(set(NAMES) - UNREADABLE))
def test_a_varied_sample_is_the_same_lead_of_somebody_else(name: str) -> None:
    body = body_of(name)
    before, after, again = leads_in(body), leads_in(varied(body, "m1")), leads_in(varied(body, "m2"))
    assert len(before) == len(after)
    for old, new, other in zip(before, after, again, strict=True):
        assert (old.is_test, old.offer_title, old.action) == (new.is_test, new.offer_title, new.action)
        if not old.is_test:
            assert len({old.fingerprint, new.fingerprint, other.fingerprint}) == 3


@pytest.mark.parametrize("name", [name for name in NAMES if name[1] == "_"])
def test_in_a_documented_sample_the_last_name_shows_the_mark(name: str) -> None:
    [old], [new] = leads_in(body_of(name)), leads_in(varied(body_of(name), "m1"))
    assert new.last_name == f"{old.last_name} m1"


def test_the_mark_stands_before_the_at_of_the_address() -> None:
    assert json.loads(varied(body_of("c_mixed_case"), "m1"))["userDetails"]["Email"] == "ada+m1@tailspin.example"


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_what_holds_no_lead_cannot_be_varied(name: str) -> None:
    with pytest.raises(CannotVary):
        varied(body_of(name), "m1")
