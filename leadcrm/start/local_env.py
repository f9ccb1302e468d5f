"""The settings a checkout makes for itself at its first start: ``local.env`` in the state folder.

The keys are made once and never changed: what was encrypted and signed with them must stay readable. The two addresses
follow the ports of each start, so that commands run by hand reach the running server. Everything else in the file
belongs to whoever wrote it.
"""

import base64
import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

HEADER = "# Settings of this checkout, made at its first start. Holds keys: keep it private, and keep it.\n"
OWN_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def keep_settings(path: Path, *, web_port: int, sandbox_port: int | None) -> None:
    """Make the file, or bring its addresses up to date.

    A crash at any moment leaves the old file or the new one.
    """
    old = path.read_text() if path.exists() else ""
    new = updated(old or HEADER, _changes(parsed(old), web_port, sandbox_port))
    if new != old:
        _replace(path, new)


def _changes(present: Mapping[str, str], web_port: int, sandbox_port: int | None) -> dict[str, str | None]:
    addresses = {
        "LEADCRM_PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "LEADCRM_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}" if sandbox_port else None,
    }
    changes: dict[str, str | None] = {
        name: address
        for name, address in addresses.items()
        if name not in present or OWN_ADDRESS.fullmatch(present[name])
    }
    first = {
        "LEADCRM_SECRET_KEY": secrets.token_urlsafe(50),
        "LEADCRM_FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "LEADCRM_SANDBOX_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "LEADCRM_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "LEADCRM_ALLOW_HTTP_DESTINATIONS": "true",
    }
    return changes | {name: value for name, value in first.items() if name not in present}


def updated(text: str, changes: Mapping[str, str | None]) -> str:
    """The text with each named line set to its new value, or left out where that is None."""
    waiting = dict(changes)
    lines = []
    for line in text.splitlines():
        name = _name_in(line)
        if name not in changes:
            lines.append(line)
        elif (value := waiting.pop(name, None)) is not None:
            lines.append(f"{name}={value}")
    lines += [f"{name}={value}" for name, value in waiting.items() if value is not None]
    return "\n".join(lines) + "\n"


def parsed(text: str) -> dict[str, str]:
    pairs = ((_name_in(line), line.partition("=")[2].strip().strip("\"'")) for line in text.splitlines())
    return {name: value for name, value in pairs if name}


def _name_in(line: str) -> str:
    name, equals, _ = line.strip().removeprefix("export ").partition("=")
    return name.strip() if equals and not name.startswith("#") else ""


def setting(name: str, path: Path) -> str:
    """What the program will read for ``name``: the environment first, then the file in ``NAME_FILE``, then ours."""
    if name in os.environ:
        return os.environ[name]
    if mounted := os.environ.get(f"{name}_FILE"):
        with contextlib.suppress(OSError):  # the program names it among all that is wrong
            return Path(mounted).read_text().strip()
    return parsed(path.read_text()).get(name, "")


def _replace(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.", delete=False) as fresh:  # mode 0600
        fresh.write(text)
        fresh.flush()
        os.fsync(fresh.fileno())
    Path(fresh.name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
