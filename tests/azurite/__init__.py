"""Azurite, Microsoft's own storage emulator: one server for a run of tests, in memory, on free ports.

It is made for development and is no security boundary; account and key are the published ones.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / ".azurite" / "node_modules" / ".bin" / "azurite"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
NOT_HERE = (
    "NO AZURITE: Azure Table and Azure Blob were not tried against it. Install Node and npm (Debian: apt install "
    "nodejs npm), then run `make azurite`."
)

_QUIET = ("--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence")
_FREE_PORTS = [
    option
    for service in ("blob", "queue", "table")
    for option in (f"--{service}Host", "127.0.0.1", f"--{service}Port", "0")
]
_LISTENING = re.compile(r"(Blob|Table) service is successfully listening at https?://127\.0\.0\.1:(\d+)")
_PATIENCE = 60.0


@dataclass(frozen=True)
class Azurite:
    table_port: int
    blob_port: int


def is_installed() -> bool:
    return shutil.which("node") is not None and PROGRAM.exists()


@contextmanager
def running(*, certificate: Path | None = None) -> Iterator[Azurite]:
    """With a certificate (a PEM file with its key) it speaks HTTPS, and takes the tokens of Entra ID."""
    secure = ["--oauth", "basic", "--cert", str(certificate), "--key", str(certificate)] if certificate else []
    environ = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}
    with tempfile.TemporaryFile("w+") as said:
        server = subprocess.Popen(
            [str(PROGRAM), *_QUIET, *_FREE_PORTS, *secure], stdout=said, stderr=subprocess.STDOUT, env=environ
        )
        try:
            ports = _ports(server, said.fileno())
            yield Azurite(table_port=ports["Table"], blob_port=ports["Blob"])
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _ports(server: subprocess.Popen[bytes], output: int) -> dict[str, int]:
    deadline = time.monotonic() + _PATIENCE
    while True:
        text = os.pread(output, 100_000, 0).decode(errors="replace")
        if len(found := dict(_LISTENING.findall(text))) == 2:
            return {service: int(port) for service, port in found.items()}
        assert server.poll() is None, f"Azurite ended: {text}"
        assert time.monotonic() < deadline, f"Azurite did not start in time: {text}"
        time.sleep(0.05)
