"""Stands in for the sandbox: listens on all its ports."""

import signal
import socket
import sys

from leadcrm.start.programs import sandbox_ports

FIRST = int(sys.argv[sys.argv.index("--port") + 1])
SERVERS = [socket.create_server(("127.0.0.1", port)) for port in sandbox_ports(FIRST)]

while True:
    signal.pause()
