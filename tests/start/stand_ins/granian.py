"""Stands in for the web server: a leader and one worker that does the serving and outlives a killed leader."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"worker": os.getpid(), "leader": int(sys.argv[-1]), "words": sys.argv[1:-1]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


leader = os.getpid()
worker = os.fork()
if not worker:
    sys.argv.append(str(leader))
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Answer).serve_forever()


def end(*_: object) -> None:
    os.kill(worker, signal.SIGTERM)
    os.waitpid(worker, 0)
    sys.stdout.write("web ended in order\n")
    os._exit(0)


signal.signal(signal.SIGTERM, end)
while True:
    signal.pause()
