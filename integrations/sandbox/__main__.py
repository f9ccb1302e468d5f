"""`python -m integrations.sandbox`: runs every system until it is told to end, each on a port of its own.

The signing secret of `/hook` may be given in the environment as `LEADCRM_SANDBOX_SECRET`, so that it is on no command
line; it replaces the one that was set before.
"""

import argparse
import errno
import os
import signal
import sys
from pathlib import Path

from integrations.sandbox.inputs import BadInput
from integrations.sandbox.journal import StateUnusable
from integrations.sandbox.simulator import Place, Simulator
from integrations.sandbox.systems import SYSTEMS, load

CANNOT_START, PORT_TAKEN = 1, 3
ENDING = {signal.SIGTERM, signal.SIGINT}
LAST_PORT = 65535
HIGHEST = LAST_PORT - len(SYSTEMS) + 1


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 after SIGTERM or Ctrl-C, 3 when a port is taken, 1 when it cannot start for another reason."""
    options = read_options(arguments)
    systems: list[Simulator] = []
    for position, (name, path) in enumerate(SYSTEMS):
        place = place_of(position, name, options)
        try:
            systems.append(load(path)(**place))
        except OSError as problem:
            return report(problem, name, place)
        except StateUnusable as problem:
            print(problem, file=sys.stderr)
            return CANNOT_START
    if not take_secret(systems[0], os.environ.get("LEADCRM_SANDBOX_SECRET")):
        return CANNOT_START
    run_until_told(systems)
    return 0


def place_of(position: int, name: str, options: argparse.Namespace) -> Place:
    """Where the system at this position of the list runs: the ports are in a row, each has a state file of its own."""
    state: Path | None = options.state
    return {
        "host": options.host,
        "port": options.port and options.port + position,
        "control_port": options.control_port and options.control_port + position,
        "state": state.with_stem(f"{state.stem}-{name}") if state and position else state,
    }


def take_secret(receiver: Simulator, secret: str | None) -> bool:
    try:
        receiver.configure({"secrets": [secret]} if secret else {})
    except BadInput as problem:
        print(f"LEADCRM_SANDBOX_SECRET: {problem.sentence()}", file=sys.stderr)
        return False
    return True


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    names = ", ".join(name for name, _ in SYSTEMS)
    parser = argparse.ArgumentParser(
        prog="python -m integrations.sandbox",
        description=f"Systems to practise with, on ports in a row: {names}.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=port, default=8009, help="the first; 0 picks free ones (default: 8009)")
    parser.add_argument(
        "--control-port",
        type=port,
        default=0,
        help="pages and control interfaces on ports of their own, this one the first (default: on the same)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="remember in this SQLite file, and in others beside it, what arrived (default: in memory)",
    )
    return parser.parse_args(arguments)


def port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST:
        raise argparse.ArgumentTypeError(f"needs a whole number from 0 to {HIGHEST}")
    return int(text)


def report(problem: OSError, name: str, place: Place) -> int:
    host, ports = place["host"], " or ".join(str(one) for one in (place["port"], place["control_port"]) if one)
    if problem.errno == errno.EADDRINUSE:
        needed = f"{len(SYSTEMS)} in a row are needed"
        print(f"Port {ports} on {host} for {name} is taken; choose others with --port: {needed}.", file=sys.stderr)
        return PORT_TAKEN
    print(f"Cannot listen on {host}, port {ports}: {problem.strerror}.", file=sys.stderr)
    return CANNOT_START


def run_until_told(systems: list[Simulator]) -> None:
    # Blocked in every thread and awaited here: a handler might run in a thread that is asleep.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    for system in systems:
        system.neighbours = [(one.name, one.page_url) for one in systems]
        system.start()
    for system in systems:
        print(f"Sandbox {system.name} at {system.page_url}", flush=True)
    signal.sigwait(ENDING)
    for system in systems:
        system.stop()


if __name__ == "__main__":
    sys.exit(main())
