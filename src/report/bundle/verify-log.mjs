// Is the opinion of this folder in the log of signed opinions? Node alone is needed: node verify-log.mjs
// The proof is c2sp.org/tlog-proof, the checkpoint c2sp.org/tlog-checkpoint, the tree that of RFC 9162.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(name, "utf8");
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const demand = (holds, otherwise) => {
  if (!holds) throw new Error(otherwise);
};
const halves = (text, at, between) => [text.slice(0, at), text.slice(at + between)];

const [head, checkpoint] = halves(read("opinion.tlog-proof"), read("opinion.tlog-proof").indexOf("\n\n"), 2);
const [form, extra, index, ...path] = head.split("\n");
demand(form === "c2sp.org/tlog-proof@v1", "another form of proof");
const [body, signatures] = halves(checkpoint, checkpoint.lastIndexOf("\n\n") + 1, 1);
const [origin, size, root] = body.split("\n");

// The checkpoint is signed with the log's key (Ed25519).
const key = /^([^+ ]+)\+[0-9a-f]{8}\+(\S+)$/m.exec(read("log-key.txt"));
demand(key?.[1] === origin, "the checkpoint is another log's");
const line = signatures.split("\n").find((one) => one.startsWith(`— ${origin} `));
demand(line, "the log has not signed the checkpoint");
const signature = Buffer.from(line.slice(`— ${origin} `.length), "base64").subarray(4);
const x = Buffer.from(key[2], "base64").subarray(1).toString("base64url");
const published = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
demand(verify(null, Buffer.from(body), published, signature), "the checkpoint is not signed by the log's key");

// The entry is of this opinion: SHA-256 over a fixed text, the salt, and the signed form.
const opinion = JSON.parse(read("opinion.json"));
const salt = Buffer.from(extra.replace(/^extra /, ""), "base64");
const signed = [opinion.protected, opinion.payload, opinion.signature].join(".");
const entry = sha256("relecture opinion v1\n", salt, signed);

// The way from the entry up to the root (RFC 9162, section 2.1.3.2).
let node = sha256(Buffer.from([0]), entry);
let place = BigInt(index.replace(/^index /, ""));
let last = BigInt(size) - 1n;
demand(place <= last, "the log has no such entry");
for (const hash of path.map((text) => Buffer.from(text, "base64"))) {
  demand(last > 0n, "the proof is too long");
  if (place % 2n === 1n || place === last) {
    node = sha256(Buffer.from([1]), hash, node);
    while (place % 2n === 0n && place > 0n) [place, last] = [place / 2n, last / 2n];
  } else {
    node = sha256(Buffer.from([1]), node, hash);
  }
  [place, last] = [place / 2n, last / 2n];
}
demand(last === 0n && node.toString("base64") === root, "the log has another entry there: the proof is not of this opinion");
console.log(`in the log ${origin}, ${index}, of ${size}`);
