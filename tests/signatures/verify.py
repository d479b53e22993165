"""Verifies a signed opinion without a line of ours: joserfc checks the signature, cryptography the certificates.

usage: verify.py SIGNED AUTHORITY.pem    prints the signed bytes
"""

import base64
import datetime
import hashlib
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey

# JAdES adds members to the header of a JWS, and the certificates make it longer than a token's.
registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
registry.max_header_length = registry.max_payload_length = 1 << 20

signed = json.load(open(sys.argv[1], encoding="utf-8"))
authority = x509.load_pem_x509_certificate(open(sys.argv[2], "rb").read())

pad = lambda text: text + "=" * (-len(text) % 4)
header = json.loads(base64.urlsafe_b64decode(pad(signed["protected"])))
der = [base64.b64decode(text) for text in header["x5c"]]
signer = x509.load_der_x509_certificate(der[0])

assert base64.urlsafe_b64decode(pad(header["x5t#S256"])) == hashlib.sha256(der[0]).digest(), "x5t#S256"
assert x509.load_der_x509_certificate(der[1]) == authority, "another authority"
signer.verify_directly_issued_by(authority)
at = datetime.datetime.fromtimestamp(header["iat"], datetime.timezone.utc)
assert signer.not_valid_before_utc <= at <= signer.not_valid_after_utc, "not valid then"
usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
assert usage.content_commitment and usage.digital_signature and not usage.key_cert_sign, "key usage"
assert not any(name in header for name in ("crit", "x5t", "sigT")), "header"

pem = signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
payload = jws.deserialize_json(signed, ECKey.import_key(pem), registry=registry).payload
sys.stdout.buffer.write(payload)
