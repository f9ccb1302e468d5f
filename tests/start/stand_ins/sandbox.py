"""Stands in for the sandbox: listens on its five ports."""

import signal
import socket
import sys

FIRST = int(sys.argv[sys.argv.index("--port") + 1])
SERVERS = [socket.create_server(("127.0.0.1", FIRST + position)) for position in range(5)]

while True:
    signal.pause()
