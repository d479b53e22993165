// Is the opinion of this folder in the log of signed opinions, and are the readings beside it the ones that it names?
// Node alone is needed: node verify-log.mjs
// The proof is c2sp.org/tlog-proof, the checkpoint c2sp.org/tlog-checkpoint, the tree that of RFC 9162.
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";

const read = (name) => readFileSync(name, "utf8");
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const demand = (holds, otherwise) => {
  if (!holds) throw new Error(otherwise);
};
const halves = (text, at, between) => [text.slice(0, at), text.slice(at + between)];

// What the log has signed: its name, its size and its root. The checkpoint is signed with the log's key (Ed25519).
const signedTree = (checkpoint) => {
  const [body, signatures] = halves(checkpoint, checkpoint.lastIndexOf("\n\n") + 1, 1);
  const [origin, size, root] = body.split("\n");
  const key = /^([^+ ]+)\+[0-9a-f]{8}\+(\S+)$/m.exec(read("log-key.txt"));
  demand(key?.[1] === origin, "the checkpoint is another log's");
  const line = signatures.split("\n").find((one) => one.startsWith(`— ${origin} `));
  demand(line, "the log has not signed the checkpoint");
  const signature = Buffer.from(line.slice(`— ${origin} `.length), "base64").subarray(4);
  const x = Buffer.from(key[2], "base64").subarray(1).toString("base64url");
  const published = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
  demand(verify(null, Buffer.from(body), published, signature), "the checkpoint is not signed by the log's key");
  return { origin, size, root };
};

// The root of the way up from an entry (RFC 9162, section 2.1.3.2).
const rootOver = (entry, index, size, path) => {
  let node = sha256(Buffer.from([0]), entry);
  let place = BigInt(index);
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
  return last === 0n && node.toString("base64");
};

// The entry is of this signed form: SHA-256 over a fixed text, the salt, and the form. Tells where it is.
const inLog = (folder, form) => {
  if (!existsSync(`${folder}opinion.tlog-proof`)) return "without a proof that it is in a log";
  const proof = read(`${folder}opinion.tlog-proof`);
  const [head, checkpoint] = halves(proof, proof.indexOf("\n\n"), 2);
  const [kind, extra, index, ...path] = head.split("\n");
  demand(kind === "c2sp.org/tlog-proof@v1", "another form of proof");
  const { origin, size, root } = signedTree(checkpoint);
  const salt = Buffer.from(extra.replace(/^extra /, ""), "base64");
  const signed = [form.protected, form.payload, form.signature].join(".");
  const entry = sha256("relecture opinion v1\n", salt, signed);
  const own = rootOver(entry, index.replace(/^index /, ""), size, path);
  demand(own === root, `the log has another entry there: ${folder}opinion.tlog-proof is not of this signed form`);
  return `in the log ${origin}, ${index}, of ${size}`;
};

// A signed form, and what is signed in it; the SHA-256 by which another names it is without what came after the signature.
const payload = (form) => JSON.parse(Buffer.from(form.payload, "base64url"));
const named256 = ({ header, ...form }) => sha256(JSON.stringify(form)).toString("hex");

const opinion = JSON.parse(read("opinion.json"));
console.log(`the opinion: ${inLog("", opinion)}`);

// The readings that the opinion names.
const named = payload(opinion).panel ?? [];
for (const { seat, name, sha256: wanted } of named) {
  const folder = `readings/${seat}/`;
  demand(existsSync(`${folder}opinion.json`), `the reading of seat ${seat} is missing`);
  const form = JSON.parse(read(`${folder}opinion.json`));
  demand(named256(form) === wanted, `${folder}opinion.json is not the reading that the opinion names`);
  console.log(`the reading of seat ${seat}, ${name}: named by the opinion, ${inLog(folder, form)}`);
}
const there = existsSync("readings") ? readdirSync("readings") : [];
const strange = there.filter((one) => !named.some(({ seat }) => String(seat) === one));
demand(strange.length === 0, `readings/${strange[0]} is not named by the opinion`);

// What the other readers say of the opinion, each naming it in the same way.
for (const seat of existsSync("positions") ? readdirSync("positions") : []) {
  const folder = `positions/${seat}/`;
  const form = JSON.parse(read(`${folder}opinion.json`));
  const { opinion: said, signed_by: by } = payload(form);
  const about = ["cosignature", "dissent"].includes(said.kind) && said.follows?.sha256 === named256(opinion);
  demand(about, `${folder}opinion.json is not about this opinion`);
  const known = named.some((one) => String(one.seat) === seat && one.reader === by.person);
  demand(known, `${folder}opinion.json is of no reader of the panel`);
  console.log(`the ${said.kind} of seat ${seat}, ${by.name}: about this opinion, ${inLog(folder, form)}`);
}
