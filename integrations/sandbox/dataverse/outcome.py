"""What a call of the Web API came to: its answer, and what the log says of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.messages import Answer, Headers

JSON = "application/json; odata.metadata=minimal"


@dataclass(frozen=True)
class Outcome:
    """`key` is the lead it was about, `arrival` what became of it; both None where it was about none."""

    answer: Answer
    key: str | None = None
    arrival: str | None = None


def content(status: int, body: Mapping[str, Any], headers: Headers = ()) -> Answer:
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Answer(status, (("Content-Type", JSON), *headers), text)


def no_content(headers: Headers = ()) -> Answer:
    return Answer(204, headers)
