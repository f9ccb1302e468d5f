"""A request as it came in and an answer as it goes out: plain values between the wire and a simulator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qsl

Headers = tuple[tuple[str, str], ...]

BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


@dataclass(frozen=True)
class Request:
    """One HTTP request: `target` with its query, headers in order as spelled, `connection` a number from 1."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    connection: int = 0

    @cached_property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """The value of a header, whatever its letter case; several are joined by a comma (RFC 9110, 5.2)."""
        return _value(self.headers, name)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. Date, connection and length are added when it is sent; a length it names itself stays."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return _value(self.headers, name)

    @classmethod
    def json(cls, status: int, content: object, headers: Mapping[str, str] | None = None) -> Self:
        body = b"" if status in BODILESS else json.dumps(content).encode()
        kind = (("Content-Type", "application/json"),) if body else ()
        return cls(status, (*kind, *(headers or {}).items()), body)

    @classmethod
    def html(cls, status: int, text: str, headers: Mapping[str, str] | None = None) -> Self:
        kind = ("Content-Type", "text/html; charset=utf-8")
        return cls(status, (kind, *(headers or {}).items()), text.encode("utf-8", "replace"))


def _value(headers: Headers, name: str) -> str | None:
    values = [value for header, value in headers if header.lower() == name.lower()]
    return ", ".join(values) if values else None
