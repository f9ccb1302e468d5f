"""From nothing to a running Lead CRM, and back: the steps in their order."""

import contextlib
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leadcrm import embedded
from leadcrm.start import announcement, local_env, programs, readiness, static_files
from leadcrm.start.announcement import Facts
from leadcrm.start.child import Program, previous
from leadcrm.start.last_will import LastWill
from leadcrm.start.only_one import only_one
from leadcrm.start.ports import ensure_free
from leadcrm.start.stop_request import StopRequest
from leadcrm.start.supervisor import Supervisor
from leadcrm.start.terminal import say
from leadcrm.start.trouble import CannotStart, EndAsked

OLDEST_SQLITE = (3, 35)  # UPDATE ... RETURNING
BROKER_SECONDS = 10.0
READY_SECONDS = 90.0


@dataclass(frozen=True)
class Options:
    """What the person asked for. ``sandbox_port`` is the sandbox's first; without it there is no sandbox."""

    port: int
    sandbox_port: int | None
    ready_file: Path | None


def launch(options: Options) -> None:
    """Start everything and stay until a signal asks for the end.

    Raises:
        CannotStart: something has to be changed first, or a program cannot be kept alive. Nothing is left running.
    """
    os.umask(0o077)  # logs, database and keys are their owner's alone
    with only_one(state_folder(), f"http://127.0.0.1:{options.port}") as lock:
        prepare(options)
        with StopRequest() as stop:
            supervisor = Supervisor(stop, LastWill(lock), programs.environment())
            try:
                with ready_file(options.ready_file) as write:
                    write(bring_up(supervisor, options))
                    supervisor.watch()
            except EndAsked:
                pass
            finally:
                say("\nEnding ...")
                supervisor.end_all()
                say("Ended.")


def prepare(options: Options) -> None:
    """Everything that can be found out and laid ready before the first process runs.

    Raises:
        CannotStart: with the remedy.
    """
    ensure_free(options.port, "the web server", f"make run PORT={options.port + 100}")
    if options.sandbox_port:
        for port in programs.sandbox_ports(options.sandbox_port):
            ensure_free(port, "the sandbox", f"make run SANDBOX_PORT={options.sandbox_port + 100}")
    local_env.keep_settings(embedded.local_env_file(), web_port=options.port, sandbox_port=options.sandbox_port)
    if is_on_sqlite() and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise CannotStart(f"SQLite {sqlite3.sqlite_version} is too old: Lead CRM needs 3.35. Use another Python.")
    programs.logs().mkdir(exist_ok=True)
    for log in programs.logs().glob("*.log"):
        log.replace(previous(log))


def is_on_sqlite() -> bool:
    url = local_env.setting("DATABASE_URL", embedded.local_env_file())
    return not url or url.startswith("sqlite")


def state_folder() -> Path:
    """The folder for all that is kept, made if need be.

    Raises:
        CannotStart: it cannot be made or written to.
    """
    folder = embedded.state_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The folder {folder} cannot be made: {error.strerror}. Set LEADCRM_STATE_DIR.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotStart(f"The folder {folder} cannot be written to by this user. Set LEADCRM_STATE_DIR.")
    return folder


def bring_up(supervisor: Supervisor, options: Options) -> Facts:
    """Start the programs; returns when all of them are ready.

    Raises:
        CannotStart: one of them failed.
        EndAsked: a signal came first.
    """
    with_own_broker = not local_env.setting("CELERY_BROKER_URL", embedded.local_env_file())
    if with_own_broker:
        start_broker(supervisor)
    say("Preparing the database ...")
    with static_files.collected_once() as to_collect:
        supervisor.run_errand(programs.release(with_static=to_collect))
    say("Starting ...")
    web, worker = programs.web(options.port, on_sqlite=is_on_sqlite()), programs.worker()
    ready: list[tuple[Program, Callable[[], bool]]] = [(web, partial(readiness.answers_ok, options.port, "/healthz"))]
    if with_own_broker:
        ready.append((worker, partial(readiness.worker_waits_for_tasks, embedded.broker_socket())))
    if options.sandbox_port:
        sandbox = programs.sandbox(options.sandbox_port)
        supervisor.start(sandbox)
        ready.append((sandbox, partial(readiness.accepts, programs.sandbox_ports(options.sandbox_port)[-1])))
    supervisor.start(worker)
    supervisor.start(web)
    with facts_of_first_run(supervisor, options) as facts:
        for program, is_ready in ready:
            supervisor.wait_until(is_ready, program, READY_SECONDS)
    say(announcement.ready_text(facts))
    return facts


def start_broker(supervisor: Supervisor) -> None:
    socket = embedded.broker_socket()
    if len(os.fsencode(socket)) > embedded.LONGEST_SOCKET_PATH:
        raise CannotStart(f"The path of the broker's socket is too long: {socket}. Set TMPDIR to a shorter folder.")
    if socket.parent != embedded.state_dir():
        make_own_folder(socket.parent)
    broker = programs.broker()
    supervisor.start(broker)
    supervisor.wait_until(partial(readiness.broker_answers, socket), broker, BROKER_SECONDS)


def make_own_folder(folder: Path) -> None:
    """A folder among everybody's: somebody else may have made one of that name.

    Raises:
        CannotStart: somebody did.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise CannotStart(f"{folder} is not a private folder of this user: remove it, or set LEADCRM_STATE_DIR.")


@contextlib.contextmanager
def facts_of_first_run(supervisor: Supervisor, options: Options) -> Iterator[Facts]:
    """What the first run made or found. A start that fails afterwards still tells the password it made."""
    found = json.loads(supervisor.run_errand(programs.first_run()))
    facts = Facts.gather(found, with_sandbox=options.sandbox_port is not None)
    try:
        yield facts
    except (CannotStart, EndAsked):
        if facts.password:
            say(announcement.password_text(facts))
        raise


@contextlib.contextmanager
def ready_file(path: Path | None) -> Iterator[Callable[[Facts], None]]:
    """Lets a script wait for the file: it is there from the moment all is ready until the end."""
    if path is None:
        yield lambda facts: None
        return
    path.unlink(missing_ok=True)
    try:
        yield partial(announcement.write_ready_file, path)
    finally:
        path.unlink(missing_ok=True)
