import subprocess
import sys

import pytest

from integrations.config_form import ConfigForm
from integrations.contract import Connector
from integrations.registry import KINDS, connector_class


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_connector_with_a_label_and_settings(kind: str) -> None:
    connector = connector_class(kind)
    assert issubclass(connector, Connector)
    assert issubclass(connector.Config, ConfigForm)
    assert str(connector.label) == str(KINDS[kind].label)


def test_a_kind_that_does_not_exist_has_no_connector() -> None:
    with pytest.raises(KeyError):
        connector_class("carrier-pigeon")


def test_the_registry_imports_no_connector_until_one_is_asked_for() -> None:
    program = (
        "import sys, integrations.registry\n"
        "print([name for name in sys.modules if name.startswith(('integrations.connectors', 'requests', 'urllib3'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"
