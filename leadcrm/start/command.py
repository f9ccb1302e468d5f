"""The command line: ``python -m leadcrm.start``, which ``make run`` calls."""

import argparse
import os
import sys
from pathlib import Path

from leadcrm import embedded
from leadcrm.start.launch import Options, launch
from leadcrm.start.programs import sandbox_ports
from leadcrm.start.trouble import CannotStart

LAST_PORT = 65535


def main(arguments: list[str]) -> int:
    """0 after a signal asked for the end, 1 when something has to be changed first, 2 for a wrong option."""
    options = options_from(arguments)
    os.environ["LEADCRM_STATE_DIR"] = str(embedded.state_dir())  # absolute: every program shall see the same folder
    try:
        launch(options)
    except CannotStart as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before there was anything to end
        return 0
    return 0


def options_from(arguments: list[str]) -> Options:
    """The options, with the environment's where none is given.

    Raises:
        SystemExit: one of them is wrong; the message names it.
    """
    environ = os.environ
    parser = argparse.ArgumentParser(
        prog="python -m leadcrm.start", description="Start Lead CRM on this machine; Ctrl-C ends all of it."
    )
    parser.add_argument("--port", type=port, default=environ.get("LEADCRM_PORT") or "8000")
    parser.add_argument("--sandbox-port", type=port, default=environ.get("LEADCRM_SANDBOX_PORT") or "8009")
    parser.add_argument("--no-sandbox", action="store_true", help="start no sandbox CRM")
    parser.add_argument(
        "--ready-file",
        type=Path,
        default=environ.get("LEADCRM_READY_FILE") or None,
        help="written as JSON once all is ready, removed at the end",
    )
    chosen = parser.parse_args(arguments)
    ports = sandbox_ports(chosen.sandbox_port)
    if not chosen.no_sandbox and chosen.port in ports:
        parser.error(f"--port {chosen.port} is one of the sandbox's ports, {ports[0]} to {ports[-1]}: give another one")
    if not chosen.no_sandbox and ports[-1] > LAST_PORT:
        parser.error(
            f"--sandbox-port {chosen.sandbox_port} leaves no room: the sandbox needs {len(ports)} ports in a row"
        )
    return Options(chosen.port, None if chosen.no_sandbox else chosen.sandbox_port, chosen.ready_file)


def port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= LAST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to {LAST_PORT}")
