"""What was sent, as people read it: pure."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

_FORM = "application/x-www-form-urlencoded"


def readable(headers: Mapping[str, str], body: bytes) -> str:
    """A form as a line for each field; anything else as it is."""
    text = body.decode(errors="replace")
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if kind.partition(";")[0].strip().lower() != _FORM:
        return text
    fields = parse_qsl(text, keep_blank_values=True, errors="replace")
    return "\n".join(f"{name}: {value}" for name, value in fields)
