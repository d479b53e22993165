"""A receiver of webhooks: prints its port, then a line of JSON for each message it gets, and ends when its input closes.

Its path says how it behaves. Signatures are checked by the very code that docs/WEBHOOKS.md gives to those who write a receiver, in
Python and in a shell, with the secrets that stand in the file named as its argument, one a line.
"""
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

DOCUMENT = pathlib.Path(__file__).parents[2].joinpath("docs/WEBHOOKS.md").read_text()


def shown(language):
    return re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[1]


document = {}
exec(shown("python"), document)
SECRETS = pathlib.Path(sys.argv[1])
seen, lock = set(), threading.Lock()


def by_hand(secret, headers, body):
    """What the shell of the document prints for a message."""
    values = {"secret": secret, "id": headers["webhook-id"], "timestamp": headers["webhook-timestamp"], "body": body.decode()}
    said = subprocess.run(["sh", "-c", shown("sh")], env=os.environ | values, capture_output=True, check=True)
    return said.stdout.decode().strip()


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        second = int(headers["webhook-timestamp"])
        secrets = SECRETS.read_text().split()
        fits = [document["verify"](secret, headers, body, second) for secret in secrets]
        hand = [by_hand(secret, headers, body) in headers["webhook-signature"].split() for secret in secrets]
        old = [document["verify"](secret, headers, body, second + 301) for secret in secrets]
        changed = [document["verify"](secret, headers, body + b" ", second) for secret in secrets]
        told = {"path": self.path, "headers": headers, "body": json.loads(body), "fits": fits, "hand": hand}
        told["deceived"] = any(old + changed)
        with lock:
            first = headers["webhook-id"] not in seen
            seen.add(headers["webhook-id"])
            print(json.dumps(told), flush=True)
        self.answer(first)

    def answer(self, first):
        match self.path.strip("/"):
            case "slow":
                threading.Event().wait()
            case "endless":
                self.send_response(200)
                self.end_headers()
                while True:
                    self.wfile.write(b"x" * 65536)
            case "redirect":
                self.status(302, ("Location", "/ok"))
            case "once":
                self.status(500 if first else 204)
            case "ok":
                self.status(204)
            case "busy":
                self.status(503, ("Retry-After", "3600"))
            case status:
                self.status(int(status))

    def status(self, status, *headers):
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", "0")):
            self.send_header(name, value)
        self.end_headers()

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # whoever sent has seen enough

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
sys.stdout.flush()
os._exit(0)
