-- Fresh proofs that a person is there, each for one command with one payload on one case. The proof itself is not kept.
CREATE TABLE presence_proofs (
    id TEXT PRIMARY KEY NOT NULL,
    proof_hash TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    family_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    command TEXT NOT NULL,
    payload_sha256 TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE UNIQUE INDEX presence_proofs_hash ON presence_proofs (proof_hash);
CREATE INDEX presence_proofs_expiry ON presence_proofs (expires_at);
