"""Stands in for the worker: waits for tasks at the broker as Celery does, and misbehaves when told to by a file."""

import os
import signal
import socket
import sys
from pathlib import Path

from leadcrm import embedded

state = Path(os.environ["LEADCRM_STATE_DIR"])
if (state / "worker.broken").exists():
    sys.exit("ModuleNotFoundError: No module named 'packaging'")
if (state / "worker.stubborn").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
(state / "worker.pid").write_text(str(os.getpid()))
sys.stdout.write("worker begins\n")
if "CELERY_BROKER_URL" in os.environ:
    signal.pause()
with socket.socket(socket.AF_UNIX) as broker:
    broker.connect(str(embedded.broker_socket()))
    broker.sendall(b"BRPOP leadcrm 0\r\n")
    while True:
        signal.pause()
