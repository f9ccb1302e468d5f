"""The far side of each kind."""

from collections.abc import Callable

import pytest

from tests.integrations.connectors.contract.azure_blob import AzureBlobFarSide
from tests.integrations.connectors.contract.azure_table import AzureTableFarSide
from tests.integrations.connectors.contract.dynamics365 import Dynamics365FarSide
from tests.integrations.connectors.contract.far_side import FarSide
from tests.integrations.connectors.contract.https import HttpsFarSide
from tests.integrations.connectors.contract.hubspot import HubSpotFarSide
from tests.integrations.connectors.contract.marketo import MarketoFarSide
from tests.integrations.connectors.contract.marketo_form import MarketoFormFarSide
from tests.integrations.connectors.contract.salesforce import SalesforceFarSide
from tests.integrations.connectors.contract.salesforce_web_to_lead import SalesforceWebToLeadFarSide

FAR_SIDES: dict[str, type[FarSide]] = {
    far_side.kind: far_side
    for far_side in (
        HttpsFarSide,
        Dynamics365FarSide,
        SalesforceFarSide,
        SalesforceWebToLeadFarSide,
        MarketoFarSide,
        MarketoFormFarSide,
        HubSpotFarSide,
        AzureTableFarSide,
        AzureBlobFarSide,
    )
}


def far_sides_that(can: Callable[[type[FarSide]], bool]) -> pytest.MarkDecorator:
    """Runs a test for those far sides only of which this is true."""
    chosen = [kind for kind, far_side in FAR_SIDES.items() if can(far_side)]
    assert chosen, "no far side is like that"
    return pytest.mark.parametrize("opened_far_side", chosen, indirect=True)
