"""A far end that says back whatever it was told: the request with its headers, and the secrets in every spelling."""

import json
from collections.abc import Callable, Iterable
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote

from tests.integrations.far_end import FarEnd, Line, Received, answer
from tests.leads.destinations.sentinels import Sentinel, spelled

ACCESS_TOKEN = "SENTINEL-access-token.5e47!of~the_tests"
GRANT = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3599, "scope": "api-user@example.com"}

type Shape = Callable[[str], str]
SHAPES: dict[str, Shape] = {
    "text": lambda told: told,
    "page": lambda told: f"<!doctype html><title>Error</title><p>{escape(told)}",
    "object": lambda told: json.dumps(
        {
            "error": told, "error_description": told, "message": told, "status": "error", "category": told,
            "requestId": told, "success": False, "errors": [{"code": "1003", "message": told}], "id": told,
        }
    ),
    "nested": lambda told: json.dumps(
        {
            "error": {"code": "0x80040265", "message": told, "innererror": {"message": told}},
            "odata.error": {"code": "InvalidInput", "message": {"lang": "en-US", "value": told}},
            "requestId": "a#1", "success": True, "result": [{"status": "skipped", "reasons": [{"code": "1003",
            "message": told}]}], "results": [{"id": told}], "rows": [{"Name": told, "Datatype": "string"}],
        }
    ),
    "list": lambda told: json.dumps(
        [{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": told, "fields": [told], "success": False,
          "errors": [{"statusCode": "INVALID_FIELD", "message": told, "fields": [told]}]}]
    ),
    "xml": lambda told: f"<Error><Code>InvalidInput</Code><Message>{escape(told)}</Message></Error>",
}  # fmt: skip
_TYPES = {"text": "text/plain", "page": "text/html", "xml": "application/xml"}

type Said = Callable[[str], bytes]


def saying(status: int, shape: str, **headers: str) -> Said:
    """The answer to a request, from what there is to say back."""

    def said(told: str) -> bytes:
        in_header = quote(told)[:8000]
        more = {"X_Echo": in_header, "Set_Cookie": f"s={in_header}", "WWW_Authenticate": f'Basic realm="{in_header}"'}
        if 300 <= status < 400:
            more["Location"] = f"https://other.example/{in_header}?t={in_header}"
        return answer(
            status, SHAPES[shape](told).encode(), Content_Type=_TYPES.get(shape, "application/json"), **more | headers
        )

    return said


def broken_off(told: str) -> bytes:
    return b"HTTP/1.1 500 Broken\r\nContent-Length: 999999\r\n\r\n" + told.encode()


def no_http(told: str) -> bytes:
    return told.encode() + b"\r\n\r\n"


def silence(_told: str) -> bytes:
    return b""


def granting(_told: str) -> bytes:
    return answer(200, json.dumps(GRANT).encode(), Content_Type="application/json")


class Parrot:
    """``sign_in`` answers requests for tokens, ``work`` all others."""

    def __init__(self, far_end: FarEnd, sentinel: Sentinel) -> None:
        self.far_end = far_end
        self.hidden = sentinel.hidden
        self.known = sorted(spelled(sentinel.hidden)) if sentinel.is_known_there else []
        self.sign_in: Said = granting
        self.work: Said = granting
        far_end.plays(self._scene)

    @property
    def secrets(self) -> set[str]:
        """Those of the settings, and what was made of them and sent."""
        found = {value for request in self.far_end.requests for value in _credentials_in(request)}
        return spelled([*self.hidden, *found, ACCESS_TOKEN])

    def _scene(self, line: Line) -> None:
        while request := line.read_request():
            answers = self.sign_in if _is_sign_in(request) else self.work
            said = answers(" ".join([*self.known, *spelled(_credentials_in(request)), _text_of(request)]))
            if not said:
                line.hang()
                break
            line.send(said)
            if not said.startswith(b"HTTP/1.1 ") or b"999999" in said:
                break


def _is_sign_in(request: Received) -> bool:
    return "/oauth" in request.line


def _text_of(request: Received) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers)
    return f"{request.line}\n{headers}\n\n{request.body.decode(errors='replace')}"


def _credentials_in(request: Received) -> Iterable[str]:
    scheme, _blank, credentials = (request.header("authorization") or "").partition(" ")
    if credentials and not scheme.lower().startswith("shared"):  # whose signature is good for one request alone
        yield credentials
    form: dict[str, list[Any]] = parse_qs(request.body.decode(errors="replace")) if _is_sign_in(request) else {}
    yield from form.get("client_assertion", [])
