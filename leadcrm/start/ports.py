"""Is a port free, and if not, who has it?"""

import errno
import socket
from pathlib import Path

from leadcrm.start.trouble import CannotStart

LISTENING = "0A"


def ensure_free(port: int, purpose: str, remedy: str) -> None:
    """Listen for a moment, to see whether one can.

    Raises:
        CannotStart: no; the message says why and gives the remedy.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(f"Port {port} for {purpose} {_why(error, port)}. Use another one: {remedy}") from error


def _why(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(port)
        return f"is taken by {holder}" if holder else "is taken by another program"
    if error.errno == errno.EACCES:
        return "needs rights this user does not have"
    return f"cannot be used ({error.strerror})"


def holder_of(port: int, proc: Path = Path("/proc")) -> str | None:
    """Name and process id of whoever listens on the port, where ``/proc`` tells (Linux, own processes or root)."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    if not sockets:
        return None
    for descriptor in proc.glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) in sockets:
                process = descriptor.parents[1]
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:  # ended meanwhile, or not ours to look at
            continue
    return None


def _listening_inodes(port: int, proc: Path) -> set[str]:
    """Inode numbers from the kernel's socket tables: columns 1, 3 and 9 are local address, state, inode (proc(5))."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = [line.split() for line in (proc / "net" / table).read_text().splitlines()[1:]]
        except OSError:
            continue
        inodes |= {row[9] for row in rows if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port}
    return inodes - {"0"}
