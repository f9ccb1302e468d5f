"""Collecting the static files takes most of a release, and only a new version changes them."""

import contextlib
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from leadcrm.embedded import CHECKOUT, state_dir

PACKAGES = ("leadcrm", "leads", "integrations")


@contextlib.contextmanager
def collected_once() -> Iterator[bool]:
    """Yields whether there is something to collect; remembers that it was collected if the block ends well."""
    mark = state_dir() / "static.mark"
    now = fingerprint()
    fresh = bool(now) and mark.exists() and mark.read_text() == now and (state_dir() / "static").is_dir()
    if not fresh:
        mark.unlink(missing_ok=True)
    yield not fresh
    if now and not fresh:
        mark.write_text(now)


def fingerprint() -> str:
    """What the collected files come from: installed packages, our own files, and the settings. Empty if unknown."""
    installed = Path(sys.prefix) / "installed.json"
    if not installed.exists():
        return ""
    digest = hashlib.sha256(installed.read_bytes() + (CHECKOUT / "leadcrm" / "settings.py").read_bytes())
    for package in PACKAGES:
        for path in sorted((CHECKOUT / package).glob("**/static/**/*")):
            seen = path.stat()
            digest.update(f"{path.relative_to(CHECKOUT)}\0{seen.st_size}\0{seen.st_mtime_ns}\0".encode())
    return digest.hexdigest()
