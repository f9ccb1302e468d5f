"""What a chat gets, and that the address, which is a secret, is in nothing that comes back."""

import json
from ipaddress import ip_network
from typing import Any

import pytest

from integrations import chat
from integrations.contract import FailureKind
from tests.integrations.far_end import FarEnd, answer, answering

LINK = "https://leads.example.com/admin/leads/destination/7/change/"


@pytest.fixture(autouse=True)
def loopback_allowed(settings: Any) -> None:
    settings.LEADCRM_ALLOWED_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = True


@pytest.mark.parametrize(
    ("url", "slack"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", True),
        ("https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x", False),
        ("https://contoso.webhook.office.com/webhookb2/x", False),
    ],
)
def test_the_address_tells_which_chat_it_is(url: str, slack: bool) -> None:
    assert chat.is_slack(url) is slack


def test_teams_gets_a_card(far_end: FarEnd) -> None:
    assert chat.post(far_end.url("/workflows/1"), "CRM: paused", "37 leads wait.\nSince noon.", LINK) is None
    (request,) = far_end.requests
    assert (request.line, request.header("content-type")) == ("POST /workflows/1 HTTP/1.1", "application/json")
    said = json.loads(request.body)
    (attachment,) = said["attachments"]
    card = attachment["content"]
    assert (said["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert [block["text"] for block in card["body"]] == ["CRM: paused", "37 leads wait.\n\nSince noon."]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open in Lead CRM", "url": LINK}]


def test_slack_gets_text(far_end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "is_slack", lambda _url: True)
    assert chat.post(far_end.url(), "CRM: paused", "37 leads wait.", LINK) is None
    (request,) = far_end.requests
    assert json.loads(request.body) == {"text": f"*CRM: paused*\n37 leads wait.\n<{LINK}|Open in Lead CRM>"}


@pytest.mark.parametrize("name", ["<https://evil.example|click>", "[click](https://evil.example)", "<!channel> & *"])
def test_a_name_cannot_become_a_link_or_call_everybody(
    far_end: FarEnd, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for slack in (True, False):
        monkeypatch.setattr(chat, "is_slack", lambda _url, slack=slack: slack)
        chat.post(far_end.url(), name, name, LINK)
    in_slack, in_teams = (json.loads(request.body) for request in far_end.requests)
    assert not {"<https://evil", "<!channel>"} & set(in_slack["text"].split())
    assert "<h" not in in_slack["text"].replace(f"<{LINK}", "")
    assert "](" not in in_teams["attachments"][0]["content"]["body"][0]["text"]


@pytest.mark.parametrize(
    ("status", "kind"), [(500, FailureKind.TEMPORARY), (404, FailureKind.MISCONFIGURED), (429, FailureKind.THROTTLED)]
)
def test_what_the_chat_does_not_take_is_a_failure_that_tells_no_address(
    far_end: FarEnd, status: int, kind: FailureKind
) -> None:
    far_end.plays(answering(answer(status, b"no service at /services/T0/SECRET")))
    failure = chat.post(far_end.url("/services/T0/SECRET"), "title", "text", LINK)
    assert failure is not None
    assert failure.kind is kind
    assert "SECRET" not in repr(failure)


def test_nobody_there_is_a_failure(far_end: FarEnd) -> None:
    url = far_end.url()
    far_end.close()
    failure = chat.post(url, "title", "text", LINK)
    assert failure is not None
    assert failure.kind is FailureKind.TEMPORARY
