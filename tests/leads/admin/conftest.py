"""The admin as people meet it: over Django's request cycle, signed in as one of the groups."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from leads import hints
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from tests.factories import make_user

type Enter = Callable[..., Client]

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Labels and badges are cached for some seconds."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def hinted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that were hinted at, instead of messages to a broker."""
    names: list[str] = []
    monkeypatch.setattr(hints._messenger, "want", lambda task: names.append(task.name.rpartition(".")[2]))
    return names


@pytest.fixture
def enter(db: None) -> Enter:
    """A client signed in as this user, or as a new member of staff in these groups."""

    def sign_in(*groups: str, user: User | None = None, enforce_csrf_checks: bool = False) -> Client:
        client = Client(enforce_csrf_checks=enforce_csrf_checks)
        client.force_login(user or make_user(*groups, is_staff=True), backend=BACKEND)
        return client

    return sign_in


@pytest.fixture
def sales(enter: Enter) -> Client:
    return enter(SALES)


@pytest.fixture
def sales_lead(enter: Enter) -> Client:
    return enter(SALES_LEAD)


@pytest.fixture
def ops(enter: Enter) -> Client:
    return enter(OPS)


@pytest.fixture
def owner(enter: Enter) -> Client:
    return enter(OWNER)
