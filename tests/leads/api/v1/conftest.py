"""The API as its callers meet it: over Django's request cycle, signed in with a token."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from leads import hints
from leads.roles import OPS, OWNER, SALES
from tests.factories import make_token, make_user

type ClientFor = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _fresh_counts_of_requests() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def client_for(db: None) -> ClientFor:
    """A client that sends a token of this user."""

    def make(user: User) -> Client:
        return Client(headers={"Authorization": f"Bearer {make_token(user)}"})

    return make


@pytest.fixture
def sales(client_for: ClientFor) -> Client:
    return client_for(make_user(SALES))


@pytest.fixture
def ops(client_for: ClientFor) -> Client:
    return client_for(make_user(OPS))


@pytest.fixture
def owner(client_for: ClientFor) -> Client:
    return client_for(make_user(OWNER))


@pytest.fixture
def hinted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that were hinted at, instead of messages to a broker."""
    names: list[str] = []
    monkeypatch.setattr(hints._messenger, "want", lambda task: names.append(task.name.rpartition(".")[2]))
    return names
