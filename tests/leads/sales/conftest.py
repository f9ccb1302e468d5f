"""A sales person to do things."""

import pytest
from django.contrib.auth.models import User

from leads.roles import SALES
from tests.factories import make_user


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES, first_name="Tom", last_name="Becker")
