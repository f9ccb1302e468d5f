"""What must hold for anything anyone may post."""

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leads.marketplace.body import Reading, UnreadablePayload, read_leads
from leads.marketplace.cleaning import clean_text
from leads.marketplace.country import country_code
from leads.marketplace.fingerprint import fingerprint
from leads.marketplace.lead_source import Quality, parse_lead_source
from leads.marketplace.payload import parse_lead
from leads.marketplace.phone import phone_e164
from leads.marketplace.remark import Remark
from leads.marketplace.unwrapping import LEAD_FIELDS, PERSON_FIELDS

NAMES = [text_field.path.rpartition(".")[2] for text_field in PERSON_FIELDS + LEAD_FIELDS]
texts = (
    st.text()
    | st.text(st.characters(codec=None))
    | st.sampled_from(["DNC", "SPZA-PLT|a.b", "MSFT_TEST_1", "Campaigns: 1"])
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8)
names = st.sampled_from([*NAMES, *(name.lower() for name in NAMES)]) | texts
persons = st.dictionaries(names, values, max_size=5)
objects = st.dictionaries(names | st.sampled_from(["UserDetails", "userDetails"]), persons | values, max_size=6)
lead_sources = st.text(st.sampled_from("SPZA-DNC|. msft_TEST1\n")) | texts

# The first look-up reads tables of names, and other tests may share the machine: time proves nothing here.
patiently = settings(deadline=None)


@patiently
@given(
    st.binary()
    | objects.map(lambda value: json.dumps(value).encode())
    | texts.map(lambda text: text.encode(errors="replace"))
)
def test_any_body_is_leads_or_unreadable(body: bytes) -> None:
    try:
        reading = read_leads(body)
    except UnreadablePayload as unreadable:
        said: Remark | Reading = unreadable.remark
    else:
        said = reading
    if isinstance(said, Remark):
        assert said.sentence != said.code
    else:
        assert said.leads
        assert all(isinstance(fields, dict) for fields in said.leads.values())


@patiently
@given(objects)
def test_any_object_is_a_lead_that_every_database_can_store(fields: dict[str, Any]) -> None:
    lead = asdict(parse_lead(fields))
    del lead["tested_at"]
    stored = json.dumps(lead, ensure_ascii=False, allow_nan=False)
    assert stored.encode()
    assert "\\u0000" not in stored


@patiently
@given(objects)
def test_a_lead_read_from_its_own_json_is_the_same(fields: dict[str, Any]) -> None:
    body = json.dumps(fields).encode()
    assert parse_lead(read_leads(body).leads[0]) == parse_lead(json.loads(body))


@patiently
@given(lead_sources, texts)
def test_any_lead_source_is_read_and_kept(text: str, action_code: str) -> None:
    read = parse_lead_source(text, action_code)
    assert read.original == text
    assert (read.quality is Quality.EMPTY) == (not text.strip())
    assert not (read.offer_id and read.offer_text)
    assert bool(read.offer_id) == bool(read.publisher_id)


@patiently
@given(lead_sources, st.sampled_from(["DNC", "dnc", " Dnc "]))
def test_an_action_code_that_forbids_contact_always_wins(text: str, action_code: str) -> None:
    assert parse_lead_source(text, action_code).action == "DNC"


@patiently
@given(objects, st.randoms(use_true_random=False))
def test_the_fingerprint_ignores_order_case_of_names_and_blanks(fields: dict[str, Any], random: Any) -> None:
    fields = {f"{number}{name}": value for number, (name, value) in enumerate(fields.items()) if name.isascii()}
    items = [(name.swapcase(), f" {value}\n" if isinstance(value, str) else value) for name, value in fields.items()]
    random.shuffle(items)
    assert fingerprint(dict(items)) == fingerprint(fields)


@patiently
@given(texts)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@patiently
@given(texts, st.sampled_from(["", "KR", "US", "XX"]))
def test_country_and_phone_take_any_text(text: str, region: str) -> None:
    assert len(country_code(text)) in (0, 2)
    number = phone_e164(text, region)
    assert number == "" or number[1:].isdecimal()
