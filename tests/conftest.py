"""Fixtures that every test may use."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from leads.roles import sync_groups


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """With the groups of people, as after ``manage.py release``."""
    with django_db_blocker.unblock():
        sync_groups()


@pytest.fixture(autouse=True)
def no_language_is_left_behind() -> Iterator[None]:
    """A request in Korean leaves its language active in the thread."""
    yield
    translation.deactivate()
