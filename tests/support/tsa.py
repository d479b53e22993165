"""A time stamp authority (RFC 3161) that behaves as told: openssl makes the stamps, the path of the request says how it behaves.

usage: tsa.py FOLDER PORT    leaves the certificates in FOLDER

/honest stamps what it is asked for; /wrong stamps something else; /again repeats its first answer; /refuse says no; /garbage is no
answer at all; /down is an error; /silent never answers.
"""

import http.server
import pathlib
import subprocess
import sys
import threading

folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])

CONFIGURATION = f"""
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/authority.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, cwd=folder, capture_output=True, **more).stdout


def prepare():
    """An authority, and a certificate for time stamps that it made."""
    (folder / "tsa.cnf").write_text(CONFIGURATION)
    (folder / "serial").write_text("01\n")
    (folder / "extensions").write_text("extendedKeyUsage = critical, timeStamping\nkeyUsage = critical, digitalSignature\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"]
    openssl("req", "-x509", *key, "authority.key", "-out", "authority.pem", "-subj", "/CN=Time authority", "-days", "30")
    openssl("req", "-new", *key, "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Time stamps of the stories")
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
            "-extfile", "extensions", "-days", "20", "-out", "tsa.pem")


class Authority(http.server.BaseHTTPRequestHandler):
    lock = threading.Lock()
    first = None

    def do_GET(self):
        self.answer(200, b"")

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/silent":
            threading.Event().wait(600)
        elif self.path == "/down":
            self.answer(503, b"")
        elif self.path == "/garbage":
            self.answer(200, b"\x30\x03\x02\x01")
        elif self.path == "/refuse":
            # PKIStatusInfo: rejection.
            self.answer(200, bytes.fromhex("30053003020102"))
        else:
            if self.path == "/wrong":
                query = openssl("ts", "-query", "-digest", "00" * 32, "-sha256", "-cert")
            with self.lock:
                reply = openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "/dev/stdin", input=query)
                Authority.first = Authority.first or reply
            self.answer(200, Authority.first if self.path == "/again" else reply)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


prepare()
http.server.ThreadingHTTPServer(("127.0.0.1", port), Authority).serve_forever()
