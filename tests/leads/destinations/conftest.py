"""The engine over real rows, the connectors, and their far sides over sockets; no Celery."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from integrations import tokens
from leads.delivery import connecting
from tests.integrations.connectors.conftest import azurite, pytest_terminal_summary
from tests.integrations.connectors.contract.far_side import FarSide
from tests.integrations.connectors.contract.far_sides import FAR_SIDES
from tests.leads.admin.conftest import Enter, enter, hinted, ops, owner
from tests.leads.destinations.world import FORGETFUL, World

__all__ = ["Enter", "azurite", "enter", "hinted", "ops", "owner", "pytest_terminal_summary"]

type Meet = Callable[..., World]


@pytest.fixture(scope="session")
def running_far_sides() -> Iterator[Callable[[str], FarSide]]:
    """Each runs from the first test that needs it to the last."""
    with ExitStack() as running:
        yield cache(lambda kind: running.enter_context(FAR_SIDES[kind].running()))


@pytest.fixture(autouse=True)
def _a_new_process(hinted: list[str]) -> Iterator[None]:
    """No token and no connector of an earlier test."""
    tokens.forget_all()
    yield
    for kept in connecting._kept.values():
        kept.connector.close()
    connecting._kept.clear()


@pytest.fixture
def meet(running_far_sides: Callable[[str], FarSide], db: None) -> Meet:
    """The far side of this kind as new, and a destination that leads there; settings may be typed differently."""

    def met(kind: str, **typed: object) -> World:
        far_side = running_far_sides(kind)
        far_side.reset()
        return World.new(far_side, **typed)

    return met


@pytest.fixture(params=FAR_SIDES)
def world(request: pytest.FixtureRequest, meet: Meet) -> World:
    """One of every kind."""
    return meet(request.param)


@pytest.fixture(params=FORGETFUL)
def forgetful(request: pytest.FixtureRequest, meet: Meet) -> World:
    """One of every kind whose far side cannot tell a repeat, or is set up so."""
    return meet(request.param, **FORGETFUL[request.param])
