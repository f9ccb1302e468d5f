"""Fixtures that every test may use."""

from typing import Any

import pytest

from leads.roles import sync_groups


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """With the groups of people, as after ``manage.py release``."""
    with django_db_blocker.unblock():
        sync_groups()
