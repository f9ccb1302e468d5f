"""The engine over real rows, the connectors, and the sandbox's servers over sockets; no Celery."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from integrations import tokens
from integrations.sandbox.simulator import Simulator
from leads.delivery import connecting
from tests.leads.admin.conftest import Enter, enter, hinted, ops, owner
from tests.leads.destinations.far_sides import FORGETFUL, SIDES, FarSide
from tests.leads.destinations.world import World

__all__ = ["Enter", "enter", "hinted", "ops", "owner"]

type StartSystem = Callable[[type[Simulator]], Simulator]
type Meet = Callable[[FarSide], World]


@pytest.fixture(scope="session")
def systems() -> Iterator[StartSystem]:
    """Each system runs from the first test that needs it to the last."""
    with ExitStack() as running:
        yield cache(lambda system: running.enter_context(system.running()))


@pytest.fixture(autouse=True)
def _a_new_process(hinted: list[str]) -> Iterator[None]:
    """No token and no connector of an earlier test."""
    tokens.forget_all()
    yield
    for kept in connecting._kept.values():
        kept.connector.close()
    connecting._kept.clear()


@pytest.fixture
def meet(systems: StartSystem, db: None) -> Meet:
    """This far side as new, and a destination that leads there."""
    return lambda side: World.new(side, systems(side.system))


@pytest.fixture(params=SIDES)
def world(request: pytest.FixtureRequest, meet: Meet) -> World:
    """One of every kind."""
    return meet(SIDES[request.param])


@pytest.fixture(params=FORGETFUL)
def forgetful(request: pytest.FixtureRequest, meet: Meet) -> World:
    """One of every kind whose far side cannot tell a repeat, or is set up so."""
    return meet(FORGETFUL[request.param])
