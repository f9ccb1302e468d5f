"""`python -m integrations.sandbox`: runs the receiver until it is told to end.

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
from integrations.sandbox.receiver import Receiver

CANNOT_START, PORT_TAKEN = 1, 3
ENDING = {signal.SIGTERM, signal.SIGINT}


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 after SIGTERM or Ctrl-C, 3 when a port is taken, 1 when it cannot start for another reason."""
    options = read_options(arguments)
    try:
        receiver = Receiver(**vars(options))
    except OSError as problem:
        return report(problem, options)
    except StateUnusable as problem:
        print(problem, file=sys.stderr)
        return CANNOT_START
    if not take_secret(receiver, os.environ.get("LEADCRM_SANDBOX_SECRET")):
        return CANNOT_START
    run_until_told(receiver)
    return 0


def take_secret(receiver: Receiver, secret: str | None) -> bool:
    try:
        receiver.configure({"secrets": [secret]} if secret else {})
    except BadInput as problem:
        print(f"LEADCRM_SANDBOX_SECRET: {problem.sentence()}", file=sys.stderr)
        return False
    return True


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m integrations.sandbox", description="A signed HTTPS receiver to practise with."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=port, default=8009, help="0 picks a free one (default: 8009)")
    parser.add_argument(
        "--control-port",
        type=port,
        default=0,
        help="page and control interface on a port of their own (default: on the same)",
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="remember in this SQLite file what arrived (default: in memory)"
    )
    return parser.parse_args(arguments)


def port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("needs a whole number from 0 to 65535")
    return int(text)


def report(problem: OSError, options: argparse.Namespace) -> int:
    ports = " or ".join(str(one) for one in (options.port, options.control_port) if one)
    if problem.errno == errno.EADDRINUSE:
        print(f"Port {ports} on {options.host} is taken; choose another with --port.", file=sys.stderr)
        return PORT_TAKEN
    print(f"Cannot listen on {options.host}, port {ports}: {problem.strerror}.", file=sys.stderr)
    return CANNOT_START


def run_until_told(receiver: Receiver) -> None:
    # Blocked in every thread and awaited here: a handler might run in a thread that is asleep.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    receiver.start()
    print(f"Sandbox receiver at {receiver.page_url}, takes leads at {receiver.hook()}", flush=True)
    signal.sigwait(ENDING)
    receiver.stop()


if __name__ == "__main__":
    sys.exit(main())
