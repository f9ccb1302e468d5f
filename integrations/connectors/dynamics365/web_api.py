"""Calls of Dataverse's Web API with the application's token.

As in Microsoft's "Compose HTTP requests and handle errors" of the Dataverse Web API.
"""

from collections.abc import Mapping
from typing import Any

from integrations.tokens import Token
from integrations.transport import Answer, Transport
from integrations.vendors.entra.sign_in import Application, EntraSignIn

PATH = "/api/data/v9.2"
HEADERS = {
    "Accept": "application/json",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
}
JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
# No cache may answer in the service's place; the service wants the literal word.
_READ_HEADERS = {"If-None-Match": "null"}


def application_of(config: Mapping[str, Any]) -> Application:
    """The scope is the environment's origin and nothing more: Entra ID takes no other form."""
    return Application(
        authority=config["token_authority"],
        tenant_id=config["tenant_id"],
        client_id=config["client_id"],
        scope=f"{config['environment_url']}/.default",
        secret=config["client_secret"],
        certificate=config["certificate"],
    )


class WebApi:
    """One environment. Safe to use from several threads."""

    def __init__(self, config: Mapping[str, Any], transport: Transport) -> None:
        self._transport = transport
        self._root = f"{config['environment_url']}{PATH}/"
        self._entra = EntraSignIn(application_of(config), transport)

    def url(self, resource: str) -> str:
        return self._root + resource

    def sign_in(self) -> None:
        """With a new token: one that is kept would prove the credentials of an hour ago. Raises ``SignInFailed``."""
        self._entra.renewed()

    def read(self, resource: str) -> Answer:
        """Raises ``CallFailed``."""
        return self.call("GET", resource, headers=_READ_HEADERS)

    def call(self, method: str, resource: str, *, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """The answer, whatever its status. A token that is refused is renewed once.

        Raises ``SignInFailed``, or ``CallFailed`` when there is no answer.
        """
        with self._transport.call():
            token = self._entra.token()
            answer = self._send(method, resource, headers, body, token)
            if answer.status == 401:
                self._entra.refused(token)
                answer = self._send(method, resource, headers, body, self._entra.token())
            return answer

    def _send(self, method: str, resource: str, headers: Mapping[str, str], body: bytes, token: Token) -> Answer:
        signed = {"Authorization": f"Bearer {token.value}", **HEADERS, **headers}
        return self._transport.send(method, self.url(resource), headers=signed, body=body)
