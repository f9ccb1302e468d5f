from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.connectors.marketo_form import MarketoFormConnector
from integrations.mapping import FieldMap
from integrations.sandbox.marketo import Marketo
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of

MUNCHKIN_ID = "123-PQR-789"
SAVE2_PATH = "/index.php/leadCapture/save2"
SAVE_PATH = "/index.php/leadCapture/save"
GET_FORM_PATH = "/index.php/form/getForm"

OpenConnector = Callable[..., MarketoFormConnector]


class ImpatientConnector(MarketoFormConnector):
    limits = IMPATIENT


def settings_for(server: str, **given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    named = {"munchkin_id": MUNCHKIN_ID, "form_id": "1179", "server_id": server, "unusual_host": True}
    return settings_of(MarketoFormConnector.Config.of(named | given))


@pytest.fixture(scope="session")
def running_marketo() -> Iterator[Marketo]:
    with Marketo.running() as simulator:
        yield simulator


@pytest.fixture
def server(running_marketo: Marketo) -> Marketo:
    running_marketo.control("reset", {})
    running_marketo.control("config", {"munchkin_id": MUNCHKIN_ID, "race_window": 0})
    return running_marketo


@pytest.fixture
def connectors() -> Iterator[OpenConnector]:
    opened: list[MarketoFormConnector] = []

    def open_connector(
        server: str, *, impatient: bool = False, fields: FieldMap | None = None, **given: Any
    ) -> MarketoFormConnector:
        made = ImpatientConnector if impatient else MarketoFormConnector
        opened.append(made(settings_for(server, **given), fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
