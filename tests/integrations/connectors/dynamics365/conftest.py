from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations import tokens
from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.contract import Exchange, Outcome, Record
from integrations.mapping import FieldMap
from integrations.sandbox.dataverse import Dataverse
from integrations.transport import Answer
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of
from tests.integrations.records import RECORD

OpenConnector = Callable[..., Dynamics365Connector]

KEY_COLUMN = "new_marketplaceleadid"
OPENS = "etn=lead&pagetype=entityrecord&id="  # what the address of a record ends with, before its id
TENANT, CLIENT = "aaaabbbb-0000-cccc-1111-dddd2222eeee", "00001111-aaaa-2222-bbbb-3333cccc4444"


def answer(status: int, body: str = "", **headers: str) -> Answer:
    """``Retry_After="7"`` becomes the header ``retry-after``."""
    lower = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange(
        method="PATCH", url="https://contoso.crm4.dynamics.com/", response_status=status, response_headers=lower,
        response_body=body,
    )  # fmt: skip
    return Answer(status, lower, body.encode(), exchange)


class ImpatientConnector(Dynamics365Connector):
    limits = IMPATIENT


def settings_for(**given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    typed = {
        "environment_url": "https://contoso.crm4.dynamics.com",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": "abc8Q~secret.value_of_40_characters-0000",
    }
    return settings_of(Dynamics365Connector.Config.of(typed | given))


@pytest.fixture(autouse=True)
def _no_tokens_from_before() -> Iterator[None]:
    tokens.forget_all()
    yield
    tokens.forget_all()


@pytest.fixture(scope="session")
def running_dataverse() -> Iterator[Dataverse]:
    with Dataverse.running() as server:
        yield server


@pytest.fixture
def dataverse(running_dataverse: Dataverse) -> Dataverse:
    """As it was when it started."""
    running_dataverse.control("reset", {})
    return running_dataverse


@pytest.fixture
def open_connectors() -> Iterator[OpenConnector]:
    opened: list[Dynamics365Connector] = []

    def open_connector(
        *, impatient: bool = False, fields: FieldMap | None = None, **given: Any
    ) -> Dynamics365Connector:
        opened.append((ImpatientConnector if impatient else Dynamics365Connector)(settings_for(**given), fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()


@pytest.fixture
def connectors(dataverse: Dataverse, open_connectors: OpenConnector) -> OpenConnector:
    """Connectors to the sandbox, with what its page says must be entered."""
    entered = dict(dataverse.connection())

    def open_connector(**given: Any) -> Dynamics365Connector:
        typed = {
            "environment_url": entered["dataverse_environment"],
            "tenant_id": entered["dataverse_tenant"],
            "client_id": entered["dataverse_client"],
            "client_secret": entered["dataverse_secret"],
            "token_authority": entered["dataverse_authority"],
            "unusual_host": True,
        }
        return open_connectors(**(typed | given))

    return open_connector


@pytest.fixture
def connector(connectors: OpenConnector) -> Dynamics365Connector:
    return connectors()


def leads_in(server: Dataverse) -> list[dict[str, Any]]:
    """The leads as the server keeps them: columns, and how often they changed."""
    found: list[dict[str, Any]] = server.control("records?collection=leads")["records"]
    return found


def calls_of(server: Dataverse, part_of_path: str = "") -> list[tuple[str, int | None]]:
    """Method and answer of each request to such a path."""
    requests = server.control("requests")["requests"]
    return [(each["method"], each["answer"]) for each in requests if part_of_path in each["path"]]


def deliver(connector: Dynamics365Connector, record: Record = RECORD) -> Outcome:
    (outcome,) = connector.deliver([record])
    assert outcome.key == record.key
    return outcome


def fault(server: Dataverse, action: str, path: str = "/leads", **how: Any) -> None:
    server.control("faults", {"match": {"path": path}, "action": action, **how})
