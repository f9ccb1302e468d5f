"""Azurite, Microsoft's own storage emulator: one server for a run of tests, in memory, on free ports.

Account and key are the published ones.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integrations.sandbox.azure.azurite import Azurite, is_installed

__all__ = ["ACCOUNT", "KEY", "NOT_HERE", "Azurite", "is_installed", "need", "running"]

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
NOT_HERE = (
    "NO AZURITE: Azure Table and Azure Blob were not tried against it. Install Node and npm (Debian: apt install "
    "nodejs npm), then run `make azurite`."
)


def need() -> None:
    """Skips the tests loudly where it is not installed, and fails them where everything must be tried."""
    if not is_installed():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NOT_HERE)


@contextmanager
def running(*, certificate: Path | None = None) -> Iterator[Azurite]:
    """With a certificate (a PEM file with its key) it speaks HTTPS, and takes the tokens of Entra ID."""
    secure = ["--oauth", "basic", "--cert", str(certificate), "--key", str(certificate)] if certificate else []
    server = Azurite.start("--inMemoryPersistence", *secure)
    try:
        yield server
    finally:
        server.end()
