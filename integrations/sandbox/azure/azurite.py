"""Azurite, Microsoft's own storage emulator, as a process of its own on free ports of this machine.

It is an npm package, which `make azurite` installs. It is made for development and is no security boundary.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROGRAM = Path(__file__).parents[3] / ".azurite" / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"

_UNTIL_STDIN_ENDS = Path(__file__).parent / "emulator" / "until_stdin_ends.cjs"
# The address counts as the account's in the path only, whatever the host is called.
_ALWAYS = ("--silent", "--disableTelemetry", "--skipApiVersionCheck", "--disableProductStyleUrl")
_FREE_PORTS = [
    option
    for service in ("blob", "queue", "table")
    for option in (f"--{service}Host", "127.0.0.1", f"--{service}Port", "0")
]
_LISTENING = re.compile(r"(Blob|Table) service is successfully listening at https?://127\.0\.0\.1:(\d+)")
_PATIENCE = 60.0
_ENDING_SECONDS = 5.0


class StartFailed(Exception):
    """Azurite does not start; the text holds its own words."""


def is_installed() -> bool:
    return shutil.which("node") is not None and PROGRAM.exists()


@dataclass(frozen=True)
class Azurite:
    """One that runs. It ends by itself when this process does, however that ends."""

    process: subprocess.Popen[bytes]
    table_port: int
    blob_port: int

    @classmethod
    def start(cls, *options: str, accounts: str = "") -> Self:
        """Returns once it listens. `accounts` as `name:key`, in base64; without it the published one.

        Raises:
            StartFailed: it ended, or took too long.
        """
        environ = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "AZURITE_ACCOUNTS": accounts}
        command = ["node", "--require", str(_UNTIL_STDIN_ENDS), str(PROGRAM), *_ALWAYS, *_FREE_PORTS, *options]
        with tempfile.TemporaryFile() as said:
            # In a group of its own: a signal to ours must not cut off what it has not saved yet.
            process = subprocess.Popen(  # noqa: S603 - nothing of the command comes from outside
                command, stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT, env=environ, process_group=0
            )
            try:
                ports = _ports(process, said.fileno())
            except StartFailed:
                _end(process)
                raise
        return cls(process, table_port=ports["Table"], blob_port=ports["Blob"])

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> None:
        """Returns when it has saved everything and ended."""
        _end(self.process)


def _ports(process: subprocess.Popen[bytes], output: int) -> dict[str, int]:
    deadline = time.monotonic() + _PATIENCE
    while True:
        text = os.pread(output, 100_000, 0).decode(errors="replace")
        if len(found := dict(_LISTENING.findall(text))) == 2:
            return {service: int(port) for service, port in found.items()}
        if process.poll() is not None:
            raise StartFailed(f"Azurite ended: {text}")
        if time.monotonic() > deadline:
            raise StartFailed(f"Azurite did not start in {_PATIENCE:.0f} s: {text}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
