"""A person who looks at a system's page and presses its buttons."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.simulator import Simulator
from tests.integrations.sandbox.sender import Reply, send


def page(sandbox: Simulator, target: str = "/", **headers: str) -> str:
    reply = send(sandbox.url, "GET", target, headers=headers)
    assert reply.status == 200
    return reply.body.decode()


def visible(html: str) -> str:
    body = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]*>", " ", body)).split())


def press(sandbox: Simulator, target: str = "/", origin: str | None = None, **form: Any) -> Reply:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin or sandbox.url}
    return send(sandbox.url, "POST", target, urlencode(form).encode(), headers)
