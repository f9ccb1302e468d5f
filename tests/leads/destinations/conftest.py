"""The engine over real rows, the connectors, and their far sides over sockets; no Celery."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from integrations import tokens
from leads.delivery import connecting
from tests.integrations.conftest import authority, far_ends
from tests.integrations.connectors.conftest import azurite
from tests.integrations.connectors.contract.far_side import FarSide
from tests.integrations.connectors.contract.far_sides import FAR_SIDES
from tests.leads.admin.conftest import Enter, enter, hinted, ops, owner
from tests.leads.destinations.world import FORGETFUL, SEARCHED, World

__all__ = ["Enter", "authority", "azurite", "enter", "far_ends", "hinted", "ops", "owner"]

type Meet = Callable[..., World]


@pytest.fixture(scope="session")
def running_far_sides(request: pytest.FixtureRequest) -> Iterator[Callable[[str], FarSide]]:
    """Each runs from the first test that needs it to the last."""
    with ExitStack() as running:
        yield cache(lambda kind: running.enter_context(FAR_SIDES[kind].running(request.getfixturevalue)))


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
    """The far side of this kind as new, and a destination that leads there; settings may be typed differently, or
    wrongly."""

    def met(kind: str, *, is_mistyped: bool = False, **typed: Any) -> World:
        far_side = running_far_sides(kind)
        far_side.reset()
        return World.new(far_side, **typed, **(far_side.wrong_credentials if is_mistyped else {}))

    return met


@pytest.fixture(params=FAR_SIDES)
def world(request: pytest.FixtureRequest, meet: Meet) -> World:
    """One of every kind."""
    return meet(request.param)


@pytest.fixture(params=FAR_SIDES)
def mistyped(request: pytest.FixtureRequest, meet: Meet) -> World:
    """One of every kind, with settings that the far side refuses."""
    return meet(request.param, is_mistyped=True)


@pytest.fixture(params=FORGETFUL)
def forgetful(request: pytest.FixtureRequest, meet: Meet) -> World:
    """One of every kind whose far side cannot tell a repeat, or is set up so, and that cannot be searched."""
    return meet(request.param, **FORGETFUL[request.param])


@pytest.fixture(params=SEARCHED)
def searched(request: pytest.FixtureRequest, running_far_sides: Callable[[str], FarSide], db: None) -> World:
    """One of every kind that can be searched for what its far side would not recognise."""
    far_side = running_far_sides(request.param)
    far_side.reset()
    return World.searched(far_side)
