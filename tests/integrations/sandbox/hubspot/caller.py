"""A client of the portal that does what it is told, right or wrong."""

import json
from dataclasses import dataclass
from typing import Any

from tests.integrations.sandbox.sender import Reply, send

TOKEN = "pat-na1-5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5a"
OBJECTS = "/crm/objects/2026-03/contacts"
LEGACY = "/crm/v3/objects/contacts"
MINA = {
    "email": "mina.park@fabrikam.example",
    "firstname": "Mina",
    "lastname": "Park",
    "phone": "821055501234",
    "country": "KR",
    "company": "Fabrikam",
    "jobtitle": "IT manager",
}


@dataclass(frozen=True)
class Caller:
    url: str
    token: str = TOKEN

    def call(self, method: str, path: str, content: Any = None, headers: dict[str, str] | None = None) -> Reply:
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        usual = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return send(self.url, method, path, body, usual if headers is None else headers)

    def upsert(self, *inputs: Any, path: str = OBJECTS) -> Reply:
        return self.call("POST", f"{path}/batch/upsert", {"inputs": list(inputs)})

    def create(self, **properties: Any) -> Reply:
        return self.call("POST", OBJECTS, {"properties": properties})

    def search(self, name: str, value: str, **more: Any) -> Reply:
        filters = [{"propertyName": name, "operator": "EQ", "value": value}]
        return self.call("POST", f"{OBJECTS}/search", {"filterGroups": [{"filters": filters}], **more})


def one(email: str = MINA["email"], trace: str = "", by: str = "email", key: str = "", **properties: Any) -> Any:
    """One input of a batch."""
    given = {"idProperty": by, "id": key or email, "properties": {"email": email, **properties}}
    return {**given, "objectWriteTraceId": trace} if trace else given


def refused(reply: Reply) -> tuple[int, str | None]:
    """Status and category of an error, which always has the portal's envelope."""
    content = reply.content
    assert content["status"] == "error"
    assert content["message"]
    assert content["correlationId"] == reply.headers["x-hubspot-correlation-id"]
    return reply.status, content.get("category")


def codes(reply: Reply) -> list[tuple[str, str]]:
    """Code and property of each detail of an error."""
    return [(error["code"], error["context"]["propertyName"][0]) for error in reply.content["errors"]]
