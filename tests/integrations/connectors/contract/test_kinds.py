"""Nothing in the registry goes without this suite."""

from integrations.registry import KINDS
from tests.integrations.connectors.contract.far_sides import FAR_SIDES


def test_every_kind_has_a_far_side() -> None:
    assert set(FAR_SIDES) == set(KINDS)
