"""Where a checkout that needs no servers of its own keeps its state: one folder, and a broker behind a socket in it.

Standard library only: the supervisor uses this before anything is installed.
"""

import hashlib
import os
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
LONGEST_SOCKET_PATH = 103


def state_dir() -> Path:
    """``LEADCRM_STATE_DIR``, or ``var`` in the checkout."""
    return Path(os.environ.get("LEADCRM_STATE_DIR") or CHECKOUT / "var").absolute()


def local_env_file() -> Path:
    """Settings made at the first start; the real environment wins over them."""
    return state_dir() / "local.env"


def broker_socket() -> Path:
    """The embedded broker's socket. A state folder that lies too deep gets a private folder of the system's instead."""
    socket = state_dir() / "broker.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
        return socket
    digest = hashlib.sha256(os.fsencode(state_dir())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"leadcrm-{os.getuid()}-{digest}" / "broker.sock"


def broker_url() -> str:
    return f"redis+socket://{broker_socket()}"
