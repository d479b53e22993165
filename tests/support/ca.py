"""A network's own authority: a root, one below it, and certificates for people, good and not.

usage: ca.py FOLDER                     makes root.pem and middle.pem in FOLDER
       ca.py FOLDER HOW REQUEST.pem     answers a request: prints the chain without the root

good; late, run out; early, not valid yet; authority, which may make others; server, for web servers; unusable, whose key may not sign;
demanding, with something critical that nobody knows; forged, under the authority's name by another key; short, without the authority
in the middle; strange, of an authority of the same folder that nobody knows.
"""

import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

folder = pathlib.Path(sys.argv[1])
NOW = datetime.datetime.now(datetime.timezone.utc)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(certifies, signs=True):
    bits = dict.fromkeys(("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False)
    signs = signs and not certifies
    return x509.KeyUsage(digital_signature=signs, content_commitment=signs, key_cert_sign=certifies, crl_sign=certifies, **bits)


def certificate(subject, key, issuer, issuer_key, authority=False, signs=True, begins=-1, ends=300):
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(NOW + datetime.timedelta(days=begins)).not_valid_after(NOW + datetime.timedelta(days=ends))
    made = made.add_extension(x509.BasicConstraints(authority, None), True).add_extension(usage(authority, signs), True)
    return made, issuer_key


def signed(made):
    builder, key = made
    return builder.sign(key, hashes.SHA256())


def keep(file, key, made):
    (folder / f"{file}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / f"{file}.pem").write_bytes(made.public_bytes(Encoding.PEM))


def load(file):
    made = x509.load_pem_x509_certificate((folder / f"{file}.pem").read_bytes())
    return made, load_pem_private_key((folder / f"{file}.key").read_bytes(), None)


def make():
    root_key, middle_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())
    root = signed(certificate(name("Network root"), root_key.public_key(), name("Network root"), root_key, True, ends=4000))
    middle = signed(certificate(name("Network experts"), middle_key.public_key(), root.subject, root_key, True, ends=2000))
    keep("root", root_key, root)
    keep("middle", middle_key, middle)


def answer(how, request):
    request = x509.load_pem_x509_csr(pathlib.Path(request).read_bytes())
    assert request.is_signature_valid
    asked = request.extensions.get_extension_for_class(x509.KeyUsage).value
    assert asked.content_commitment and asked.digital_signature and not asked.key_cert_sign
    middle, key = load("middle")
    if how in ("forged", "strange"):
        key = ec.generate_private_key(ec.SECP384R1())
    days = {"late": (-9, -1), "early": (1, 9)}.get(how, (-1, 300))
    made = certificate(request.subject, request.public_key(), middle.subject, key, how == "authority", how != "unusable", *days)
    if how == "server":
        made = made[0].add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False), key
    if how == "demanding":
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
        made = made[0].add_extension(unknown, True), key
    if how == "strange":
        own = name("Nobody's root")
        middle = signed(certificate(own, key.public_key(), own, key, True))
        made = certificate(request.subject, request.public_key(), own, key)
    chain = [signed(made)] if how == "short" else [signed(made), middle]
    print("".join(one.public_bytes(Encoding.PEM).decode() for one in chain), end="")


if len(sys.argv) == 2:
    make()
else:
    answer(*sys.argv[2:])
