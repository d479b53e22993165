// Verifies a signed opinion without a line of ours: the npm package jose checks the signature under the certificate's key.
//
// usage: node verify.mjs SIGNED    prints the signed bytes

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { flattenedVerify, importX509 } from 'jose';

const signed = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const header = JSON.parse(Buffer.from(signed.protected, 'base64url'));
const [signer, issuer] = header.x5c.map((text) => new X509Certificate(Buffer.from(text, 'base64')));
if (!signer.verify(issuer.publicKey)) throw new Error('the authority did not make the certificate');
const key = await importX509(signer.toString(), 'ES256');
const { payload } = await flattenedVerify(signed, key, { algorithms: ['ES256'] });
process.stdout.write(payload);
