"""Addresses in a body that nobody understood."""

import json
from urllib.parse import quote, urlencode

import pytest

from leads.intake.privacy import names_private_person
from leads.models import PrivacyRule
from leads.states import PrivacyAction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules() -> None:
    PrivacyRule.objects.all().delete()
    for domain, action in (("edu", "hold"), ("open.edu", "off"), ("strip.example", "strip")):
        PrivacyRule.objects.create(domain=domain, action=PrivacyAction(action))


@pytest.mark.parametrize(
    "text",
    [
        '{"Email": "mina@cs.x.edu"',
        '{"Email": "mina@ cs.x.edu"',
        '{"Email": "mina@\tcs.x.edu"',
        '{"Email": "MINA@CS.X.EDU"',
        "Email=mina%40cs.x.edu&Name=Mina",
        "Email=" + quote("mina@cs.x.edu", safe="").replace("%40", "%40%20"),
        urlencode({"Email": "mina@ cs.x.edu"}),
        '{"Email": "mina\\u0040cs.x.edu"',
        '{"Email": "mina\\u0040cs\\u002ex\\u002eedu"',
        '{"Email": "mina@\\tcs.x.edu"',
        urlencode({"lead": '{"Email": "mina\\u0040cs.x.edu"'}),
        "jin@open.edu, kim@strip.example, mina@cs.x.edu",
        '{"Email": "mina@대학.edu"',
        json.dumps({"Email": "mina@대학.edu"})[:-1],
        "메일은 mina@cs.x.edu입니다",
        urlencode({"Note": "mina@cs.x.edu입니다"}),
        "mina@" + "long." * 100 + "edu",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "euc-kr"])
def test_an_address_is_found_however_it_was_written(text: str, encoding: str) -> None:
    assert names_private_person(text.encode(encoding)) is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "edu",
        "mina@fabrikam.example",
        "mina@edu.example",
        "mina%40cs.x.education",
        "mina@notedu",
        "mina.edu@fabrikam.example",
        "jin@open.edu, kim@strip.example",
        "대학.교육 mina@fabrikam.example",
        "%zz \\u00 \\ud800 @%",
    ],
)
def test_other_addresses_are_none_of_a_person_held_back(text: str) -> None:
    assert names_private_person(text.encode()) is False


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\x00", bytes(range(256)) * 9, b"@" * 100_000, b"@a." * 30_000])
def test_any_body_has_an_answer(body: bytes) -> None:
    assert names_private_person(body) is False


def test_a_body_that_is_one_long_domain_is_looked_through_at_once() -> None:
    assert names_private_person(b"@" + b"a." * 500_000) is False
    assert names_private_person(b"@" + b"a." * 500_000 + b"edu") is True
