import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations import tokens
from integrations.connectors.marketo import MarketoConnector
from integrations.mapping import FieldMap
from integrations.sandbox.marketo import Marketo
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of

CLIENT_ID = "01f22a42-0f05-4e7f-b675-550b6e3c0d01"
CLIENT_SECRET = "Vgo6rzIiJyMarketoTestsZr56tK2hv8"
SYNC_PATH = "/rest/v1/leads.json"
PUSH_PATH = "/rest/v1/leads/push.json"
FORM_PATH = "/rest/v1/leads/submitForm.json"
TOKEN_PATH = "/identity/oauth/token"
DESCRIBE_PATH = "/rest/v1/leads/describe.json"

OpenConnector = Callable[..., MarketoConnector]


class ImpatientConnector(MarketoConnector):
    limits = IMPATIENT


def settings_for(account: str, **given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return settings_of(MarketoConnector.Config.of({"account": account, "unusual_host": True} | credentials | given))


def people_in(server: Marketo, collection: str = "people") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.control("records")["records"]
    return [record["fields"] for record in found if record["collection"] == collection]


def calls_to(server: Marketo) -> list[str]:
    """The path of every request, oldest first."""
    return [request["path"] for request in server.control("requests")["requests"]]


def answers_with(server: Marketo, content: Any, *, path: str = SYNC_PATH, status: int = 200, times: int = 1) -> None:
    """The next calls of this path get this answer instead of the server's own."""
    server.control(
        "faults",
        {
            "action": "respond", "status": status, "times": times, "match": {"path": path},
            "headers": {"Content-Type": "application/json"}, "body": json.dumps(content),
        },
    )  # fmt: skip


def refuses_with(server: Marketo, code: str, message: str = "No", *, path: str = SYNC_PATH, times: int = 1) -> None:
    errors = [{"code": code, "message": message}]
    answers_with(server, {"requestId": "a#1", "success": False, "errors": errors}, path=path, times=times)


@pytest.fixture(autouse=True)
def _no_token_yet() -> None:
    tokens.forget_all()


@pytest.fixture(scope="session")
def running_marketo() -> Iterator[Marketo]:
    with Marketo.running() as simulator:
        yield simulator


@pytest.fixture
def server(running_marketo: Marketo) -> Marketo:
    running_marketo.control("reset", {})
    running_marketo.control("config", {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "race_window": 0})
    return running_marketo


@pytest.fixture
def connectors() -> Iterator[OpenConnector]:
    opened: list[MarketoConnector] = []

    def open_connector(
        account: str, *, impatient: bool = False, fields: FieldMap | None = None, **given: Any
    ) -> MarketoConnector:
        made = ImpatientConnector if impatient else MarketoConnector
        opened.append(made(settings_for(account, **given), fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
