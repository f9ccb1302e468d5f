"""Which call a request is, and its content as JSON."""

import json
import re
from dataclasses import dataclass
from urllib.parse import unquote

from integrations.sandbox.hubspot.refusal import NotFoundPage, unreadable, wrong_media_type, wrong_method
from integrations.sandbox.hubspot.settings import READ, WRITE
from integrations.sandbox.messages import Request

OBJECTS = "/crm/(?:v3/objects|objects/2026-03)/contacts"
PROPERTIES = "/crm/(?:v3/properties|properties/2026-03)/contacts"
ACCOUNT = "/account-info/(?:v3|2026-03)/details"


@dataclass(frozen=True)
class Route:
    """One call: any one of its `scopes` is enough, none is needed where there are none."""

    method: str
    path: re.Pattern[str]
    call: str
    scopes: tuple[str, ...] = ()


ROUTES = (
    Route("POST", re.compile(f"{OBJECTS}/batch/upsert"), "upsert", (WRITE,)),
    Route("POST", re.compile(f"{OBJECTS}/search"), "search", (READ,)),
    Route("POST", re.compile(OBJECTS), "create", (WRITE,)),
    Route("GET", re.compile(f"{OBJECTS}/([^/]+)"), "read", (READ,)),
    Route("PATCH", re.compile(f"{OBJECTS}/([^/]+)"), "change", (WRITE,)),
    Route("DELETE", re.compile(f"{OBJECTS}/([^/]+)"), "archive", (WRITE,)),
    Route("GET", re.compile(PROPERTIES), "properties", (READ,)),
    Route("GET", re.compile(f"{PROPERTIES}/([^/]+)"), "one_property", (READ,)),
    Route("GET", re.compile(ACCOUNT), "account"),
)


def route_of(request: Request) -> tuple[Route, str]:
    """The call, and the part of its path that names something. Raises Refused."""
    fitting = [(route, found) for route in ROUTES if (found := route.path.fullmatch(request.path))]
    if not fitting:
        raise NotFoundPage
    for route, found in fitting:
        if route.method == request.method:
            return route, unquote(found[1]) if found.groups() else ""
    raise wrong_method([route.method for route, _ in fitting])


def content_of(request: Request) -> object:
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise wrong_media_type()
    try:
        return json.loads(request.body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise unreadable("Unexpected character or end-of-input") from None


def properties_of(content: object) -> object:
    if not isinstance(content, dict):
        raise unreadable("Cannot deserialize value of type `SimplePublicObjectInput`")
    return content.get("properties")
