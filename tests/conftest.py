"""Fixtures that every test may use."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.utils import translation

from leads.roles import sync_groups

RELEASED = pytest.StashKey[tuple[Any, list[Model]]]()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """With the groups of people, as after ``manage.py release``."""
    with django_db_blocker.unblock():
        sync_groups()
        rows = [row for model in apps.get_app_config("leads").get_models() for row in model._default_manager.all()]
    request.config.stash[RELEASED] = (django_db_blocker, rows)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test that commits leaves empty tables; the next one finds again what the migrations put there."""
    yield
    if nextitem is not None and _commits(item):
        blocker, rows = item.config.stash[RELEASED]
        with blocker.unblock():
            sync_groups()
            for row in rows:
                row.save()


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    by_fixture = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(by_fixture or (marker is not None and marker.kwargs.get("transaction")))


@pytest.fixture(autouse=True)
def no_language_is_left_behind() -> Iterator[None]:
    """A request in Korean leaves its language active in the thread."""
    yield
    translation.deactivate()
