"""The page of one lead, for people."""

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import LEAD, LEAD_ID, Caller
from tests.integrations.sandbox.sender import send

PAGE = f"/main.aspx?etn=lead&pagetype=entityrecord&id={LEAD_ID}"


def test_a_lead_has_a_page_without_a_token(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    reply = send(dataverse.url, "GET", PAGE)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    text = reply.body.decode()
    assert "<h1>Mina Park</h1>" in text
    assert "<td>mina.park@fabrikam.example</td>" in text
    assert "jobtitle" not in text


@pytest.mark.parametrize("lead_id", [LEAD_ID.upper(), f"{{{LEAD_ID}}}", f"%7B{LEAD_ID}%7D"])
def test_the_id_may_be_in_capitals_or_braces(dataverse: Dataverse, caller: Caller, lead_id: str) -> None:
    caller.patch()
    assert send(dataverse.url, "GET", PAGE.replace(LEAD_ID, lead_id)).status == 200


def test_what_a_lead_holds_is_text_on_its_page(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch({**LEAD, "lastname": "<script>alert('x')</script>"})
    reply = send(dataverse.url, "GET", PAGE)
    assert "<script>" not in reply.body.decode()
    assert "default-src 'none'" in reply.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", [PAGE, "/main.aspx", PAGE.replace("lead&", "account&"), PAGE.replace("entityrecord", "entitylist")]
)
def test_other_addresses_have_no_record(dataverse: Dataverse, path: str) -> None:
    assert send(dataverse.url, "GET", path).status == 404


def test_another_site_cannot_read_it(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    reply = send(dataverse.url, "GET", PAGE, headers={"Host": "evil.example"})
    assert (reply.status, b"Mina" in reply.body) == (403, False)
    assert send(dataverse.url, "POST", PAGE).status == 405
