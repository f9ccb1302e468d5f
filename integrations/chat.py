"""Messages to a channel of Microsoft Teams or Slack, through the incoming webhook that the team made for it.

Sources: Microsoft, "Create incoming webhooks with Workflows for Microsoft Teams" (an Adaptive Card as the only
attachment); Slack, "Sending messages using incoming webhooks" and "Formatting text for app surfaces".
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from integrations.contract import Failure
from integrations.json_bodies import as_json
from integrations.transport import CallFailed, Limits, Transport

_LIMITS = Limits(read=10, total=20)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~-])")


def post(url: str, title: str, text: str, link: str) -> Failure | None:
    """Say something there. The whole address is a secret: nothing of it is in what comes out of here."""
    transport = Transport(secrets=[url, urlsplit(url).path], limits=_LIMITS)
    body = as_json(_for_slack(title, text, link) if is_slack(url) else _for_teams(title, text, link))
    try:
        answer = transport.send("POST", url, headers={"Content-Type": "application/json"}, body=body)
    except CallFailed as failed:
        return failed.failure
    finally:
        transport.close()
    return None if answer.ok else answer.failure()


def is_slack(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith("slack.com")


def _for_slack(title: str, text: str, link: str) -> dict[str, Any]:
    return {"text": f"*{_escaped_for_slack(title)}*\n{_escaped_for_slack(text)}\n<{link}|{_('Open in Lead CRM')}>"}


def _escaped_for_slack(text: str) -> str:
    """These three are all that Slack's own format takes for more than text between stars."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _for_teams(title: str, text: str, link: str) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": _escaped_for_cards(title), "weight": "Bolder", "wrap": True},
            {"type": "TextBlock", "text": _escaped_for_cards(text).replace("\n", "\n\n"), "wrap": True},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": _("Open in Lead CRM"), "url": link}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _escaped_for_cards(text: str) -> str:
    """Cards read a part of Markdown, with which a name could make a link of itself."""
    return _MARKDOWN.sub(r"\\\1", text)
