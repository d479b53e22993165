"""A time stamp authority (RFC 3161) that behaves as told: openssl makes the stamps, the path of the request says how it behaves.

usage: tsa.py FOLDER PORT    leaves the certificates in FOLDER

/honest stamps what it is asked for; /wrong stamps something else; /again repeats its first answer; /refuse says no; /garbage is no
answer at all; /down is an error; /silent never answers.

These stamp what they are asked for by a certificate that the authority should not have used: /usage, of a web server; /loose, for time
stamps, which whoever does not know that use may pass over; /mixed, for web servers too; /early, not valid yet; /late, run out; /unnamed
does not say which certificate it was; /other carries another certificate of the same name, number and key.
"""

import datetime
import http.server
import pathlib
import subprocess
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

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


SERIAL = x509.random_serial_number()
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(usages=(Usage.TIME_STAMPING,), critical=True, begins=-1, ends=20):
    """A certificate by the authority, of the one key that all lies are told with; days from now."""
    authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    key = load_pem_private_key((folder / "authority.key").read_bytes(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder().issuer_name(authority.subject).serial_number(SERIAL).public_key(KEY.public_key())
    made = made.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time stamps of the stories")]))
    made = made.not_valid_before(now + datetime.timedelta(days=begins)).not_valid_after(now + datetime.timedelta(days=ends))
    made = made.add_extension(x509.ExtendedKeyUsage(usages), critical)
    return made.sign(key, hashes.SHA256())


def der(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + length + content


def lie(how, query):
    """An answer whose token is signed by a certificate that it should not be signed by."""
    honest = openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "/dev/stdin", "-token_out", input=query)
    info = openssl("cms", "-verify", "-noverify", "-nosigs", "-inform", "DER", input=honest)
    both = (Usage.TIME_STAMPING, Usage.SERVER_AUTH)
    made = {
        "/usage": lambda: certificate((Usage.SERVER_AUTH,)),
        "/loose": lambda: certificate(critical=False),
        "/mixed": lambda: certificate(both),
        "/early": lambda: certificate(begins=1),
        "/late": lambda: certificate(begins=-3, ends=-1),
    }.get(how, certificate)()
    (folder / "lie.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "lie.key").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    names = [] if how == "/unnamed" else ["-cades"]
    token = openssl("cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-md", "sha256", *names, "-outform", "DER",
                    "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-signer", "lie.pem", "-inkey", "lie.key", input=info)
    if how == "/other":
        used, other = made.public_bytes(Encoding.DER), b""
        # The signatures of two certificates differ in length by a byte or two now and then.
        while len(other) != len(used):
            other = certificate(ends=19).public_bytes(Encoding.DER)
        assert token.count(used) == 1
        token = token.replace(used, other)
    return der(0x30, der(0x30, b"\x02\x01\x00") + token)


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
        elif self.path in ("/usage", "/loose", "/mixed", "/early", "/late", "/unnamed", "/other"):
            with self.lock:
                self.answer(200, lie(self.path, query))
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
