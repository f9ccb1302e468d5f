"""An application that calls the simulated Dataverse over real sockets."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.sender import Reply, send

API = "/api/data/v9.2"
TENANT = "5a5a5a5a-0000-4000-8000-00000000d1ec"
CLIENT = "5a5a5a5a-0000-4000-8000-00000000a991"
SECRET = "sbx8Q~Sandbox.secret-of.nobody_~.0000000"
USER = "5a5a5a5a-0000-4000-8000-00000000face"
TEAM = "5a5a5a5a-0000-4000-8000-00000000beef"
LEAD_ID = "1f81eb52-5198-4599-803e-771906343485"
OTHER_ID = "2f81eb52-5198-4599-803e-771906343485"
KEY = "new_marketplaceleadid"
LEAD: dict[str, Any] = {
    "subject": "Contoso Firewall",
    "firstname": "Mina",
    "lastname": "Park",
    "emailaddress1": "mina.park@fabrikam.example",
    "companyname": "Fabrikam",
}
CREATE_ONLY = {"If-None-Match": "*"}
UPDATE_ONLY = {"If-Match": "*"}
JSON = {"Content-Type": "application/json; charset=utf-8"}
Headers = Mapping[str, str]


def ask_token(
    system: Dataverse, tenant: str = TENANT, headers: Headers | None = None, /, **changes: str | None
) -> Reply:
    """A token request; a field given as None is left out."""
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scope": f"{system.url}/.default",
        **changes,
    }
    body = urlencode({name: value for name, value in form.items() if value is not None}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return send(system.url, "POST", f"/{tenant}/oauth2/v2.0/token", body, {**kind, **(headers or {})})


def token(system: Dataverse, **changes: str | None) -> str:
    text = ask_token(system, **changes).content["access_token"]
    assert isinstance(text, str)
    return text


class Caller:
    """Calls with one token; asks for it when it is made."""

    def __init__(self, system: Dataverse, **changes: str | None) -> None:
        self.system = system
        self.bearer = {"Authorization": f"Bearer {token(system, **changes)}"}

    def call(self, method: str, resource: str, content: Any = None, headers: Headers | None = None) -> Reply:
        """`content` is sent as JSON; bytes are sent as they are."""
        body = b"" if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
        declared = JSON if body else {}
        return send(self.system.url, method, f"{API}/{resource}", body, {**self.bearer, **declared, **(headers or {})})

    def patch(self, content: Any = LEAD, key: str = LEAD_ID, headers: Headers | None = None) -> Reply:
        return self.call("PATCH", f"leads({key})", content, CREATE_ONLY if headers is None else headers)

    def post(self, content: Any = LEAD, headers: Headers | None = None) -> Reply:
        return self.call("POST", "leads", content, headers)

    def get(self, key: str = LEAD_ID, query: str = "", headers: Headers | None = None) -> Reply:
        return self.call("GET", f"leads({key}){query}", headers=headers)

    def delete(self, key: str = LEAD_ID, headers: Headers | None = None) -> Reply:
        return self.call("DELETE", f"leads({key})", headers=headers)


def code(reply: Reply) -> tuple[int, str]:
    """Status and code of an error."""
    return reply.status, reply.content["error"]["code"]


def message(reply: Reply) -> str:
    text = reply.content["error"]["message"]
    assert isinstance(text, str)
    return text


def leads(system: Dataverse) -> list[dict[str, Any]]:
    found = system.control("records?collection=leads")["records"]
    assert isinstance(found, list)
    return found


def fields(system: Dataverse) -> dict[str, Any]:
    """The columns of the only lead."""
    [record] = leads(system)
    found: dict[str, Any] = record["fields"]
    return found


def events(system: Dataverse) -> list[str]:
    """What happened to the only lead."""
    [record] = leads(system)
    return [entry["event"] for entry in record["history"]]


def last_request(system: Dataverse) -> dict[str, Any]:
    found: dict[str, Any] = system.control("requests")["requests"][-1]
    return found


def at_once[T](calls: list[Any]) -> list[T]:
    """What the calls return, each made in a thread of its own."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]
