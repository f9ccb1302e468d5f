"""Each sample is a test: request in, the leads or the refusal in ``tests/payloads/`` out."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from leads.marketplace.body import UnreadablePayload, read_leads
from leads.marketplace.payload import ParsedLead, parse_lead
from leads.marketplace.samples import NAMES, body_of

PAYLOADS = Path(__file__).parents[2] / "payloads"


def understood(body: bytes) -> dict[str, Any]:
    """What is made of a body, in the form of the expected files: empty values are left out."""
    try:
        reading = read_leads(body)
    except UnreadablePayload as unreadable:
        return {"unreadable": asdict(unreadable.remark)}
    result: dict[str, Any] = {"leads": {str(at): filled(parse_lead(fields)) for at, fields in reading.leads.items()}}
    if reading.refused:
        result["refused"] = {str(position): asdict(remark) for position, remark in reading.refused.items()}
    return result


def filled(lead: ParsedLead) -> dict[str, Any]:
    values = {name: value for name, value in asdict(lead).items() if value not in ("", (), {}, False, None)}
    return json.loads(json.dumps(values, default=datetime.isoformat))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_request_is_understood_as_expected(name: str) -> None:
    expected = json.loads((PAYLOADS / f"{name}.expected.json").read_text())
    assert understood(body_of(name)) == expected


def test_every_expectation_belongs_to_a_request() -> None:
    expectations = {path.name.removesuffix(".expected.json") for path in PAYLOADS.glob("*.expected.json")}
    assert expectations == set(NAMES)


@pytest.mark.parametrize("letter", "abcdefghij")
def test_each_documented_sample_is_plain_utf_8_json_with_one_lead(letter: str) -> None:
    (sample,) = [name for name in NAMES if name.startswith(f"{letter}_")]
    assert isinstance(json.loads(body_of(sample).decode("utf-8")), dict)
