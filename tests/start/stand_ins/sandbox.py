"""Stands in for the sandbox: listens."""

import signal
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1]))):
    while True:
        signal.pause()
