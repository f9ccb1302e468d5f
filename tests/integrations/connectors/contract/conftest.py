from collections.abc import Iterator

import pytest

from tests.integrations.connectors.contract.far_side import FarSide
from tests.integrations.connectors.contract.far_sides import FAR_SIDES
from tests.ports import free_port


@pytest.fixture(scope="session", params=list(FAR_SIDES))
def opened_far_side(request: pytest.FixtureRequest) -> Iterator[FarSide]:
    with FAR_SIDES[request.param].running(request.getfixturevalue) as far_side:
        yield far_side


@pytest.fixture
def far_side(opened_far_side: FarSide) -> Iterator[FarSide]:
    """As new. The tests of one kind run one after the other, so that its system is started once."""
    opened_far_side.reset()
    yield opened_far_side
    opened_far_side.close()


@pytest.fixture
def closed_port() -> str:
    """An address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
