"""Bodies: three shapes are taken, everything else is refused with its reason."""

from typing import Any

import pytest

from integrations.sandbox.receiver.body import Shape, read_body
from integrations.sandbox.receiver.refusal import Refused
from tests.integrations.sandbox.sender import LEAD, as_bytes

JSON = "application/json"
ENVELOPE: dict[str, Any] = {
    "type": "lead.created",
    "timestamp": "2026-11-22T06:00:00Z",
    "data": {"id": "1f81eb52-5198-4599-803e-771906343485", **LEAD},
}
CAMEL: dict[str, Any] = {
    "userDetails": {"firstName": "Jonas", "lastName": "Berg", "email": "jonas@northwind.example"},
    "leadSource": "SPZA-PLT|contoso.contoso-erp",
    "offerTitle": "Contoso ERP",
}


def refusal(content: Any, content_type: str | None = JSON) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        read_body(as_bytes(content), content_type)
    return caught.value.problem, caught.value.answer.status


@pytest.mark.parametrize(
    ("content", "shape", "person", "email"),
    [
        (LEAD, Shape.DOCUMENTED, "Mina Park", "mina.park@fabrikam.example"),
        (CAMEL, Shape.CAMEL, "Jonas Berg", "jonas@northwind.example"),
        (ENVELOPE, Shape.ENVELOPE, "Mina Park", "mina.park@fabrikam.example"),
        ({"UserDetails": {}}, Shape.DOCUMENTED, "", ""),
        ({**ENVELOPE, "data": {"id": "x", "FirstName": "Zoë"}}, Shape.ENVELOPE, "Zoë", ""),
        ({**ENVELOPE, "test": True}, Shape.ENVELOPE, "Mina Park", "mina.park@fabrikam.example"),
        ({**LEAD, "Extra": [1]}, Shape.DOCUMENTED, "Mina Park", "mina.park@fabrikam.example"),
    ],
)
def test_a_shape_is_recognised_with_the_person_in_it(content: Any, shape: Shape, person: str, email: str) -> None:
    body = read_body(as_bytes(content), JSON)
    assert (body.shape, body.person, body.email) == (shape, person, email)
    assert body.content == content


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"{", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"UserDetails": {}, "n": NaN}', "not_json"),
        (b'{"a": ' * 100_000, "not_json"),
        (b'{"UserDetails": {}, "n": ' + b"9" * 5000 + b"}", "not_json"),
        ("{}".encode("utf-16"), "not_utf8"),
        (b'{"UserDetails": {"FirstName": "\xff"}}', "not_utf8"),
        (b'{"UserDetails": {"FirstName": "\\ud83d"}}', "not_utf8"),
        ([LEAD], "not_object"),
        ("text", "not_object"),
        (b'{"UserDetails": {}, "UserDetails": {}}', "repeated_name"),
        ({}, "unknown_shape"),
        ({"test": 2432232314}, "unknown_shape"),
        ({"LeadSource": "AzureMarketplace"}, "unknown_shape"),
        ({**LEAD, "userDetails": {}}, "unknown_shape"),
        ({**LEAD, "leadSource": "x"}, "unknown_shape"),
        ({"userDetails": {"FirstName": "Ada"}}, "unknown_shape"),
        ({"UserDetails": "Mina"}, "wrong_type"),
        ({"UserDetails": {"FirstName": None}}, "wrong_type"),
        ({"UserDetails": {"Phone": 821055501234}}, "wrong_type"),
        ({**LEAD, "OfferTitle": None}, "wrong_type"),
        ({**ENVELOPE, "timestamp": "2026-11-22 06:00:00Z"}, "unknown_shape"),
        ({**ENVELOPE, "timestamp": "2026-11-22T06:00:00"}, "unknown_shape"),
        ({**ENVELOPE, "timestamp": "2026-13-22T06:00:00Z"}, "unknown_shape"),
        ({**ENVELOPE, "type": "lead"}, "unknown_shape"),
        ({**ENVELOPE, "data": LEAD}, "unknown_shape"),
        ({**ENVELOPE, "data": {"id": "x", "UserDetails": {"Email": 1}}}, "wrong_type"),
    ],
)
def test_anything_else_is_refused_with_its_reason(content: Any, problem: str) -> None:
    assert refusal(content) == (problem, 400)


@pytest.mark.parametrize(
    "content_type", [JSON, "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_json_in_utf8_is_the_media_type(content_type: str) -> None:
    assert read_body(as_bytes(LEAD), content_type).shape is Shape.DOCUMENTED


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/jsonp", "application/json; charset=latin-1"]
)
def test_another_media_type_is_refused(content_type: str | None) -> None:
    assert refusal(LEAD, content_type) == ("media_type", 415)
