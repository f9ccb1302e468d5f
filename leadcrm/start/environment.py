"""Makes ``.venv`` and installs what a lock file names, with hashes; does nothing when that is done already.

Runs as a file on a bare Python (``python -I leadcrm/start/environment.py run``), so: standard library only, and
nothing of Lead CRM is imported. The group ``test`` holds all of ``run``.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
GROUPS = ("run", "test")
# The first pip that runs under Python 3.12; an older one starts there and then fails.
OLDEST_FOREIGN_PIP = (23, 2)


class SetUpFailed(Exception):
    """The environment could not be made; the message says what to do."""


@dataclass(frozen=True)
class Stamp:
    """What is installed. Written last, so an environment without one is half-made."""

    group: str
    lock: str
    python: str
    place: str

    @classmethod
    def of(cls, checkout: Path, group: str) -> "Stamp":
        lock = hashlib.sha256(lock_file(checkout, group).read_bytes()).hexdigest()
        python = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
        return cls(group, lock, python, str(venv_of(checkout)))

    @classmethod
    def read(cls, path: Path) -> "Stamp | None":
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)


def venv_of(checkout: Path) -> Path:
    return checkout / ".venv"


def stamp_file(checkout: Path) -> Path:
    return venv_of(checkout) / "installed.json"


def lock_file(checkout: Path, group: str) -> Path:
    return checkout / "requirements" / f"{group}.lock"


def python_of(checkout: Path) -> Path:
    return venv_of(checkout) / "bin" / "python"


def group_to_install(wanted: str, installed: Stamp | None) -> str:
    """An environment made for tests stays one: it holds all that the program needs."""
    return "test" if installed and installed.group == "test" else wanted


def reason_to_rebuild(checkout: Path, installed: Stamp | None, wanted: Stamp) -> str | None:
    """Why ``.venv`` is of no use as it is; None when packages can be installed into it."""
    if not venv_of(checkout).exists():
        return "there is none"
    if installed is None:
        return "it is half-made"
    if installed.python != wanted.python:
        return f"it was made for {installed.python}, this is {wanted.python}"
    if installed.place != wanted.place:
        return f"it was made at {installed.place}"
    if not runs(str(python_of(checkout)), "-I", "-c", "pass"):
        return "its Python is gone"
    if installed != wanted and not shutil.which("uv") and not runs(str(python_of(checkout)), "-I", "-c", "import pip"):
        return "packages have changed and it has no pip"
    return None


def runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


@dataclass(frozen=True)
class Installer:
    """One way to make the environment and fill it: two commands."""

    name: str
    make_venv: tuple[str, ...]
    install: tuple[str, ...]


def uv_installer(checkout: Path) -> Installer | None:
    uv = shutil.which("uv")
    if not uv:
        return None
    python = str(python_of(checkout))
    return Installer(
        "uv",
        (uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(venv_of(checkout))),
        (uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", "--compile-bytecode"),
    )


def pip_installer(checkout: Path) -> Installer | None:
    """Debian and Ubuntu keep ensurepip in a package of its own; without it ``venv`` leaves half an environment behind,
    and another Python's pip has to fill it."""
    make_venv = (sys.executable, "-I", "-m", "venv", str(venv_of(checkout)))
    python = str(python_of(checkout))
    if runs(sys.executable, "-I", "-c", "import ensurepip"):
        return Installer("pip", make_venv, pip_install(python, "-I", "-m", "pip"))
    pip = next(filter(is_new_enough, [(sys.executable, "-I", "-m", "pip"), ("pip3",), ("pip",)]), None)
    if pip is None:
        return None
    return Installer("the system's pip", (*make_venv, "--without-pip"), pip_install(*pip, "--python", python))


def pip_install(*pip: str) -> tuple[str, ...]:
    return (*pip, "install", "--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes", "-r")


def is_new_enough(pip: tuple[str, ...]) -> bool:
    try:
        told = subprocess.run([*pip, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    version = re.match(r"pip (\d+)\.(\d+)", told)
    return version is not None and tuple(map(int, version.groups())) >= OLDEST_FOREIGN_PIP


INSTALLERS: tuple[Callable[[Path], Installer | None], ...] = (uv_installer, pip_installer)


def carry_out(*command: str) -> None:
    """Run one step of an installer, quietly.

    Raises:
        SetUpFailed: with the last lines of what the step said.
    """
    # A cache would lie outside the checkout, so there is none unless somebody asked for one.
    environ = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_USER": "0"}
    for tool, off in (("UV", "UV_NO_CACHE"), ("PIP", "PIP_NO_CACHE_DIR")):
        if f"{tool}_CACHE_DIR" not in environ:
            environ[off] = "1"
    result = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode:
        lines = result.stdout.decode(errors="replace").strip().splitlines()[-3:]
        raise SetUpFailed("\n".join(["it ended with:", *(f"  {line[:200]}" for line in lines)]))


def build(checkout: Path, lock: Path, *, rebuild: bool) -> None:
    """Try each way there is on this machine until one works.

    Raises:
        SetUpFailed: there is no way, or none worked.
    """
    failures = []
    for installer in filter(None, (find(checkout) for find in INSTALLERS)):
        try:
            if rebuild:
                remove(venv_of(checkout))
                carry_out(*installer.make_venv)
            say(f"Installing packages with {installer.name} ...")
            carry_out(*installer.install, str(lock))
            return
        except SetUpFailed as failure:
            failures.append(f"{installer.name}: {failure}")
    raise SetUpFailed("\n".join([*failures, remedy(tried=bool(failures))]))


def remedy(*, tried: bool) -> str:
    if tried:
        return "Check the network (or pip's own index settings) and the space on the disk, then run the command again."
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    return f"This Python cannot make a virtual environment: install {package} (apt install {package}) or uv."


def remove(venv: Path) -> None:
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    elif venv.exists():
        shutil.rmtree(venv)


def prepare(checkout: Path, group: str) -> None:
    """Bring ``.venv`` to what the group's lock file says.

    Raises:
        SetUpFailed: with what to do about it. What worked before is still there if it was not broken.
    """
    installed = Stamp.read(stamp_file(checkout))
    wanted = Stamp.of(checkout, group_to_install(group, installed))
    reason = reason_to_rebuild(checkout, installed, wanted)
    if reason is None and installed == wanted:
        return
    began = time.monotonic()
    if reason:
        verb = "Making" if not venv_of(checkout).exists() else "Rebuilding"
        say(f"{verb} .venv with Python {sys.version.split()[0]} ({reason}).")
    with unfinished(stamp_file(checkout)):
        build(checkout, lock_file(checkout, wanted.group), rebuild=reason is not None)
    wanted.write(stamp_file(checkout))
    say(f"Set up in {time.monotonic() - began:.0f} s.")


@contextlib.contextmanager
def unfinished(stamp: Path) -> Iterator[None]:
    """No stamp while packages change; the old one comes back after a refusal, because pip and uv fetch all before
    they change anything. Whoever is killed in between leaves none, and the next start builds anew."""
    old = stamp.read_bytes() if stamp.exists() else None
    stamp.unlink(missing_ok=True)
    try:
        yield
    except SetUpFailed:
        if old is not None and stamp.parent.exists():
            stamp.write_bytes(old)
        raise


@contextlib.contextmanager
def alone(checkout: Path) -> Iterator[None]:
    """Two starts at once take turns; the second finds the work done."""
    with (checkout / ".venv.lock").open("a") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up of this checkout is running; waiting for it.")
            fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in GROUPS:
        say(f"usage: environment.py {'|'.join(GROUPS)}")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with alone(CHECKOUT):
            prepare(CHECKOUT, arguments[0])
    except SetUpFailed as failure:
        say(f"Set-up did not finish.\n{failure}")
        return 1
    except OSError as error:
        say(f"Set-up did not finish: {error.strerror}: {error.filename}")
        return 1
    except KeyboardInterrupt:
        say("Set-up was stopped; the next start takes it up again.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
