"""The other side of the wire: calls Marketo as its documentation says, over real sockets."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.marketo import Marketo
from tests.integrations.sandbox.sender import Reply, send

CLIENT_ID = "5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a0006"
CLIENT_SECRET = "SandboxMarketoSecretSandbox00006"
GRANT = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
LEADS, PUSH = "/rest/v1/leads.json", "/rest/v1/leads/push.json"
SUBMIT, DESCRIBE = "/rest/v1/leads/submitForm.json", "/rest/v1/leads/describe.json"
SAVE, SAVE2, GET_FORM = "/index.php/leadCapture/save", "/index.php/leadCapture/save2", "/index.php/form/getForm"
MINA = {
    "email": "mina.park@fabrikam.example",
    "firstName": "Mina",
    "lastName": "Park",
    "company": "Fabrikam",
    "title": "IT manager",
    "phone": "821055501234",
    "country": "KR",
    "leadSource": "AzureMarketplace-INS|contoso.fw",
}
POSTED = {
    "munchkinId": "5A5-SBX-000",
    "formid": "1179",
    "formVid": "1179",
    "Email": "mina.park@fabrikam.example",
    "FirstName": "Mina",
    "LastName": "Park",
    "Company": "Fabrikam",
    "_mkt_trk": "",
    "_mktoReferrer": "https://publisher.example/marketplace",
}


class Caller:
    """Calls one instance, with a token it asked for once."""

    def __init__(self, marketo: Marketo) -> None:
        self.marketo = marketo
        self._token = ""

    def identity(self, method: str = "POST", **given: str) -> Reply:
        form = urlencode({**GRANT, **given})
        if method == "POST":
            return send(self.marketo.url, "POST", "/identity/oauth/token", form.encode(), FORM_TYPE)
        return send(self.marketo.url, method, f"/identity/oauth/token?{form}")

    def token(self) -> str:
        token: str = self.identity().content["access_token"]
        return token

    def call(
        self, method: str, path: str, content: Any = None, headers: Mapping[str, str] | None = None, timeout: float = 5
    ) -> Reply:
        """Bytes are sent as they are; `headers` replace the usual ones."""
        if headers is None:
            self._token = self._token or self.token()
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        return send(self.marketo.url, method, path, body, headers, timeout)

    def sync(self, *records: Any, **order: Any) -> Any:
        """The answer to a sync of these records, which is always a 200."""
        reply = self.call("POST", LEADS, {"input": list(records), **order})
        assert reply.status == 200
        return reply.content

    def push(self, *records: Any, **order: Any) -> Any:
        return self.call("POST", PUSH, {"programName": "Marketplace", "input": list(records), **order}).content

    def submit(self, fields: Any, **order: Any) -> Any:
        return self.call("POST", SUBMIT, {"formId": 1179, "input": [{"leadFormFields": fields}], **order}).content

    def post_form(self, path: str = SAVE2, **given: str | None) -> Reply:
        """A form post; fields that are None are left out."""
        form = {name: value for name, value in {**POSTED, **given}.items() if value is not None}
        return send(self.marketo.url, "POST", path, urlencode(form).encode(), FORM_TYPE)

    def kept(self, collection: str = "people") -> list[dict[str, Any]]:
        """The fields of the records of a collection."""
        records = self.marketo.control(f"records?collection={collection}")["records"]
        return [record["fields"] for record in records]

    def edit(self, person: int, **fields: Any) -> None:
        self.marketo.control("records", {"collection": "people", "key": str(person), "fields": fields})

    def configure(self, **settings: Any) -> None:
        self.marketo.control("config", settings)

    def last_findings(self) -> dict[str, str]:
        findings: dict[str, str] = self.marketo.control("requests")["requests"][-1]["findings"]
        return findings


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def codes(content: Any) -> list[str]:
    """The codes of a request that was refused."""
    assert content["success"] is False
    assert "result" not in content
    return [error["code"] for error in content["errors"]]


def reasons(content: Any) -> list[str]:
    """For each record the code of its reason, or what became of it."""
    assert content["success"] is True
    return [entry["reasons"][0]["code"] if "reasons" in entry else entry["status"] for entry in content["result"]]
