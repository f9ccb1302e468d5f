"""Which emulators run, and for whom."""

import contextlib
from pathlib import Path


def azurites_of(parent: int) -> set[int]:
    """Process ids of the emulators that this process has started."""
    return {process for process, of in _azurites().items() if of == parent}


def azurites_with(word: str) -> set[int]:
    """Process ids of the emulators with this in their command line, whoever they belong to now."""
    return {process for process in _azurites() if word in _command(process)}


def _azurites() -> dict[int, int]:
    """Process ids with those of their parents."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            process = int(folder.name)
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z" and "azurite.js" in _command(process):
                found[process] = int(parent)
    return found


def _command(process: int) -> str:
    try:
        return (Path("/proc") / str(process) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
