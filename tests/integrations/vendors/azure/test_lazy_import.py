"""What only shows settings and previews does without the vendor's SDK, and its time and memory."""

import subprocess
import sys

import pytest

from tests.azurite import KEY

PROGRAM = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from datetime import UTC, datetime
from uuid import uuid4
from integrations.contract import Record
from integrations.registry import connector_class
kind = connector_class({kind!r})
form = kind.Config.of({{"connection": "AccountName=acme;AccountKey={key}", "container": "leads"}})
assert form.is_valid(), form.errors
with kind(form.cleaned_data) as connector:
    assert connector.preview(Record(key=uuid4(), received_at=datetime.now(UTC))).exchange
print([name for name in sys.modules if name.partition(".")[0] == "azure"])
"""


@pytest.mark.parametrize("kind", ["azure_table", "azure_blob"])
def test_settings_and_preview_do_without_the_vendors_sdk(kind: str) -> None:
    program = PROGRAM.format(kind=kind, key=KEY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
