"""The values under "What to enter" are all that Lead CRM needs, and it understands what is broken on the page."""

import pytest

from integrations.connectors.azure_blob import AzureBlobConnector
from integrations.connectors.azure_table import AzureTableConnector
from integrations.contract import Connector, FailureKind, StepResult
from integrations.sandbox.azure import AzureBlob, AzureTable
from integrations.sandbox.simulator import Simulator
from tests.integrations.records import RECORD, delivered, kind_and_cause, some
from tests.integrations.sandbox.azure.client import connection_string, kept
from tests.integrations.sandbox.browsing import press

pytestmark = pytest.mark.usefixtures("installed")

M, T = FailureKind.MISCONFIGURED, FailureKind.TEMPORARY
KINDS = [
    (AzureTable, AzureTableConnector, "table", "table_gone", "azure_table_not_found"),
    (AzureBlob, AzureBlobConnector, "container", "container_gone", "azure_container_not_found"),
]


def entered(system: Simulator, kind: type[Connector], place: str) -> Connector:
    """A destination as somebody sets it up who reads the page."""
    name = dict(system.connection())[f"{system.name}_name"]
    form = kind.Config.of({"connection": connection_string(system), place: name, "unusual_host": True})
    assert form.is_valid(), form.errors
    return kind(form.cleaned_data, None)


@pytest.mark.parametrize(("system", "kind", "place", "gone", "cause"), KINDS)
def test_what_the_page_says_to_enter_is_enough_and_what_breaks_is_understood(
    system: type[Simulator], kind: type[Connector], place: str, gone: str, cause: str
) -> None:
    with system.running() as running:
        connector = entered(running, kind, place)
        assert StepResult.FAILED not in [step.result for step in connector.check().steps]
        for outcome in connector.deliver([RECORD]):
            delivered(outcome)
        for preset, found in ((gone, (M, cause)), ("outage", (T, "azure_busy"))):
            press(running, preset=preset)
            assert kind_and_cause(*connector.deliver(some(1))) == found
            press(running, clear="all")
        press(running, revoke="")
        assert kind_and_cause(*connector.deliver(some(1))) == (M, "azure_key_wrong")
        connector.close()
        mended = entered(running, kind, place)
        delivered(*mended.deliver(some(1)))
        mended.close()
        # In memory nothing outlives another key, and the page does not say otherwise.
        assert len(kept(running, dict(running.connection())[f"{running.name}_name"])) == 1
