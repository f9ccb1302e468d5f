"""The other side of the wire: calls Salesforce as its documentation says, over real sockets."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from integrations.sandbox.salesforce import Salesforce
from tests.integrations.sandbox.sender import Reply, send, wait_until

KEY, SECRET = f"3MVG9sandbox{'5a' * 36}5", "5A" * 32
GRANT = {"grant_type": "client_credentials", "client_id": KEY, "client_secret": SECRET}
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
ROOT = "/services/data/v67.0"
LEAD, BATCH = f"{ROOT}/sobjects/Lead", f"{ROOT}/composite/sobjects"
EXTERNAL_ID = "Marketplace_Lead_Id__c"
LEAD_ID = "1f81eb52-5198-4599-803e-771906343485"
SERVLET = "/servlet/servlet.WebToLead"
ORG_ID = "00D5a0000000001"
MINA = {
    "FirstName": "Mina",
    "LastName": "Park",
    "Company": "Fabrikam",
    "Title": "IT manager",
    "Email": "mina.park@fabrikam.example",
    "Phone": "821055501234",
    "Country": "KR",
    "LeadSource": "AzureMarketplace-INS|contoso.fw",
    "Description": "Need a quote\n\n--\nOffer: Contoso Firewall",
    EXTERNAL_ID: LEAD_ID,
}
POSTED = {
    "oid": ORG_ID,
    "encoding": "UTF-8",
    "retURL": "https://example.com/thanks",
    "first_name": "Mina",
    "last_name": "Park",
    "email": "mina.park@fabrikam.example",
    "company": "Fabrikam",
    "lead_source": "AzureMarketplace-INS|contoso.fw",
    "00N000000000002": LEAD_ID,
}


class Caller:
    """Calls one organisation, with a token it asked for once."""

    def __init__(self, salesforce: Salesforce) -> None:
        self.salesforce = salesforce
        self._token = ""

    def login(self, headers: Mapping[str, str] = FORM_TYPE, method: str = "POST", /, **given: Any) -> Reply:
        """Fields that are None are left out."""
        form = {name: value for name, value in {**GRANT, **given}.items() if value is not None}
        return send(self.salesforce.url, method, "/services/oauth2/token", urlencode(form).encode(), headers)

    def token(self) -> str:
        token: str = self.login().content["access_token"]
        return token

    def call(
        self,
        method: str,
        path: str,
        content: Any = None,
        headers: Mapping[str, str | None] | None = None,
        timeout: float = 5,
    ) -> Reply:
        """Bytes are sent as they are; headers that are None are left out."""
        if "Authorization" not in (headers or {}):
            self._token = self._token or self.token()
        usual = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        sent = {name: value for name, value in {**usual, **(headers or {})}.items() if value is not None}
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        return send(self.salesforce.url, method, path, body, sent, timeout)

    def insert(self, headers: Mapping[str, str | None] | None = None, /, **given: Any) -> Reply:
        return self.call("POST", LEAD, {**MINA, **given}, headers)

    def upsert(self, value: str = LEAD_ID, path: str = f"{LEAD}/{EXTERNAL_ID}", query: str = "", **given: Any) -> Reply:
        content = {name: one for name, one in {**MINA, **given}.items() if name != EXTERNAL_ID or name in given}
        return self.call("PATCH", f"{path}/{value}{query}", content)

    def query(self, text: str) -> Reply:
        return self.call("GET", f"{ROOT}/query?q={quote_plus(text)}")

    def post_form(self, query: str = f"?encoding=UTF-8&orgId={ORG_ID}", /, **given: Any) -> Reply:
        form = {name: value for name, value in {**POSTED, **given}.items() if value is not None}
        return send(self.salesforce.url, "POST", f"{SERVLET}{query}", urlencode(form).encode(), FORM_TYPE)

    def settled(self, count: int = 1) -> list[tuple[str, str]]:
        """State and reason of this many forms, once none of them waits to be worked on."""
        wait_until(lambda: [one["state"] for one in self.kept("forms")].count("queued") == 0)
        forms = [(one["state"], one["reason"]) for one in self.kept("forms")]
        assert len(forms) == count
        return forms

    def kept(self, collection: str = "leads") -> list[dict[str, Any]]:
        """The fields of the records of a collection."""
        records = self.salesforce.control(f"records?collection={collection}")["records"]
        return [record["fields"] for record in records]

    def edit(self, lead_id: str, **fields: Any) -> None:
        """What a sales person does."""
        self.salesforce.control("records", {"collection": "leads", "key": lead_id, "fields": fields})

    def configure(self, **settings: Any) -> None:
        self.salesforce.control("config", settings)

    def arrived(self, collection: str | None = None) -> list[dict[str, Any]]:
        query = f"?collection={collection}" if collection else ""
        requests: list[dict[str, Any]] = self.salesforce.control(f"requests{query}")["requests"]
        return requests


def error(reply: Reply) -> tuple[int, str]:
    """Status and code of a call that was refused with one error."""
    [found] = reply.content
    return reply.status, found["errorCode"]


def refusal(reply: Reply) -> tuple[int, str, str, list[str] | None]:
    """Status, code, text and fields of a call that was refused with one error."""
    [found] = reply.content
    return reply.status, found["errorCode"], found["message"], found.get("fields")
