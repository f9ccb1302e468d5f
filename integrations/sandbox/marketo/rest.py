"""The REST interface: errors come with HTTP 200 (Marketo's REST API documentation, "Error Codes")."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.marketo.assets import describe, form_asset
from integrations.sandbox.marketo.entries import READ_ASSETS, READ_PEOPLE, WRITE_PEOPLE
from integrations.sandbox.marketo.errors import Refused, reason
from integrations.sandbox.marketo.leads import Played, Turn, delete_leads, push_lead, submit_form, sync_leads
from integrations.sandbox.marketo.settings import Settings
from integrations.sandbox.messages import Answer, Request

SYNC, PUSH = "/rest/v1/leads.json", "/rest/v1/leads/push.json"
SUBMIT, DESCRIBE = "/rest/v1/leads/submitForm.json", "/rest/v1/leads/describe.json"
DELETE = "/rest/v1/leads/delete.json"


@dataclass(frozen=True)
class Route:
    """One call: any of `permissions` will do; `writes` people, which takes its time."""

    method: str
    path: re.Pattern[str]
    permissions: frozenset[str]
    play: Callable[[Turn], Played]
    writes: bool = False


ROUTES = (
    *(
        Route("POST", re.compile(re.escape(path)), frozenset({WRITE_PEOPLE}), play, writes=True)
        for path, play in ((SYNC, sync_leads), (PUSH, push_lead), (SUBMIT, submit_form), (DELETE, delete_leads))
    ),
    Route("GET", re.compile(re.escape(DESCRIBE)), frozenset({WRITE_PEOPLE, READ_PEOPLE}), describe),
    Route("GET", re.compile(r"/rest/asset/v1/form/[0-9]{1,9}\.json"), frozenset({READ_ASSETS}), form_asset),
)


def route_of(request: Request, settings: Settings) -> Route:
    """Raises Refused where there is no such call, or not for this user."""
    route = next((route for route in ROUTES if route.path.fullmatch(request.path)), None)
    if route is None:
        raise Refused("path", reason("610"))
    if request.method != route.method:
        raise Refused("method", reason("605"))
    if not route.permissions & set(settings.permissions):
        raise Refused("permission", reason("603"))
    return route


def success(played: Played) -> Answer:
    return _answer({"success": True, "result": played.result})


def failure(refused: Refused) -> Answer:
    return _answer({"success": False, "errors": [one.as_json() for one in refused.reasons]})


def _answer(content: dict[str, Any]) -> Answer:
    request_id = f"{secrets.token_hex(2)}#{secrets.token_hex(6)[:11]}"
    return Answer.json(200, {"requestId": request_id, **content})
