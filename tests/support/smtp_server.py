"""A mail server that behaves as told. Prints its port, then one JSON line for each mail it took.

usage: smtp_server.py accept | refuse-once | refuse-recipient | slow | drop | drop-once [PORT]
       smtp_server.py login PORT AUTHORITY    takes mails over STARTTLS alone, from "relecture" with the password "open sesame";
                                              writes the certificate of its authority to the file AUTHORITY
"""
import asyncio
import datetime
import email
import email.policy
import ipaddress
import json
import os
import ssl
import sys
import tempfile

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Handler:
    def __init__(self, mode):
        self.mode = mode
        self.misbehaved = False

    def first_time(self):
        first, self.misbehaved = not self.misbehaved, True
        return first

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse-recipient":
            return "550 5.1.1 <%s> unknown here" % address
        if self.mode == "refuse-once" and self.first_time():
            return "451 4.3.0 come back later"
        if self.mode == "slow":
            print(json.dumps({"waiting": address}), flush=True)
            await asyncio.sleep(600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "drop" or (self.mode == "drop-once" and self.first_time()):
            server.transport.abort()
            return "250 never sent"
        print(json.dumps(told(envelope)), flush=True)
        return "250 OK"


def told(envelope):
    """The mail as it came, and as a mail program shows it."""
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    return {
        "to": envelope.rcpt_tos,
        "content": envelope.content.decode("utf-8"),
        "id": message["Message-ID"],
        "subject": message["Subject"],
        "text": message.get_body(("plain",)).get_content(),
        "html": message.get_body(("html",)).get_content(),
    }


def certificate(name, key, issuer, issuer_key, extension):
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(issuer or name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    return builder.add_extension(extension, critical=True).sign(issuer_key, hashes.SHA256())


def pem(of):
    if isinstance(of, x509.Certificate):
        return of.public_bytes(serialization.Encoding.PEM)
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return of.private_bytes(serialization.Encoding.PEM, *form)


def secured(authority):
    """The server's side of TLS for 127.0.0.1, certified by an authority of its own, whose certificate is written to a file."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("authority of a story", root_key, None, root_key, x509.BasicConstraints(True, None))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = certificate("mail server of a story", key, root.subject, root_key, address)
    with open(authority, "wb") as file:
        file.write(pem(root))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem(leaf) + pem(key))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def known(server, session, envelope, mechanism, login):
    return AuthResult(success=(login.login, login.password) == (b"relecture", b"open sesame"), handled=False)


async def main(mode, port=0, authority=None):
    handler = Handler(mode)
    loop = asyncio.get_running_loop()
    options = {"enable_SMTPUTF8": True}
    if mode == "login":
        tls = {"tls_context": secured(authority), "require_starttls": True}
        options |= tls | {"auth_required": True, "authenticator": known}
    server = await loop.create_server(lambda: SMTP(handler, **options), "127.0.0.1", int(port))
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the story that started it: its standard input closes.
    await loop.run_in_executor(None, sys.stdin.read)
    sys.stdout.flush()
    # A client may still hold a connection open; nobody waits for it.
    os._exit(0)


asyncio.run(main(*sys.argv[1:]))
