"""JSON as it is sent, and as it stands in an answer, whoever wrote that: the system asked, or a proxy in front of it;
pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from integrations.transport import Answer, CallFailed


def as_json(content: Any) -> bytes:
    """In its shortest form. Nothing for ``None``: a request without a body."""
    return b"" if content is None else json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def content_of(answer: Answer) -> Any:
    """``None`` for what is no JSON."""
    try:
        return answer.json()
    except CallFailed:
        return None


def fields_of(answer: Answer) -> dict[str, Any]:
    """The members of the body's object; none where it is no JSON object."""
    content = content_of(answer)
    return content if isinstance(content, dict) else {}


def text_in(content: Mapping[str, Any], *path: str) -> str:
    """The text at the end of the path; empty where there is none."""
    found: Any = content
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def words_of(answer: Answer, name: str) -> str:
    """The other side's own words, out of what is kept of the answer: redacted, and perhaps cut. Else all of that."""
    kept = answer.exchange.response_body
    found = re.search(rf'"{name}"\s*:\s*("(?:[^"\\]|\\.)*")', kept)
    try:
        return str(json.loads(found[1], strict=False)) if found else kept
    except ValueError:
        return kept
