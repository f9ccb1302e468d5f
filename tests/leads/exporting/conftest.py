from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.roles import SALES_LEAD
from tests.factories import make_user


@pytest.fixture(autouse=True)
def export_dir(tmp_path: Path, settings: Any) -> Path:
    settings.LEADCRM_EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def boss(db: None) -> User:
    return make_user(SALES_LEAD, username="boss", is_staff=True)
