"""Calls of HubSpot's CRM API for contacts."""

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.connectors.hubspot.contacts import Contact
from integrations.contract import Exchange, Failure
from integrations.json_bodies import as_json
from integrations.transport import Answer, Transport

USUAL_ORIGIN = "https://api.hubapi.com"
ACCOUNT = "/account-info/v3/details"


class Api:
    """Safe to use from several threads. All calls raise ``CallFailed`` when there is no answer."""

    def __init__(self, config: Mapping[str, Any], transport: Transport) -> None:
        self._transport = transport
        self._origin = config["api_url"] or USUAL_ORIGIN
        self._headers = {
            "Authorization": f"Bearer {config['access_token']}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        self.path: str = config["api_path"]
        self.contacts = f"{self.path}/contacts"
        self.upserts = f"{self.contacts}/batch/upsert"
        self.properties = f"{self.path.replace('objects', 'properties')}/contacts"

    def upsert(self, contacts: Sequence[Contact]) -> Answer:
        return self.send("POST", self.upserts, upsertion_of(contacts))

    def create(self, contact: Contact) -> Answer:
        return self.send("POST", self.contacts, creation_of(contact))

    def update(self, contact_id: str, contact: Contact) -> Answer:
        """By id: an e-mail address has no place in a URL."""
        return self.send("PATCH", f"{self.contacts}/{contact_id}", creation_of(contact))

    def search(self, name: str, value: str) -> Answer:
        """The index lags behind what was written."""
        is_it = {"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}
        return self.send("POST", f"{self.contacts}/search", {"filterGroups": [is_it], "properties": [name], "limit": 1})

    def archive(self, contact_id: str) -> Answer:
        return self.send("DELETE", f"{self.contacts}/{contact_id}")

    def send(self, method: str, path: str, content: Any = None) -> Answer:
        return self._transport.send(method, self.url(path), headers=self._headers, body=as_json(content))

    def preview(self, path: str, content: Any) -> Exchange:
        return self._transport.preview("POST", self.url(path), headers=self._headers, body=as_json(content))

    def url(self, path: str) -> str:
        return f"{self._origin}{path}"

    def kept_failure(self, failure: Failure) -> Failure:
        return self._transport.kept_failure(failure)

    def kept_text(self, text: str) -> str:
        return self._transport.kept(text, self._transport.limits.kept_characters)

    def kept_json(self, content: Any) -> str:
        return self.kept_text(as_json(content).decode())


def upsertion_of(contacts: Sequence[Contact]) -> dict[str, Any]:
    return {"inputs": [contact.as_input() for contact in contacts]}


def creation_of(contact: Contact) -> dict[str, Any]:
    return {"properties": contact.properties}
