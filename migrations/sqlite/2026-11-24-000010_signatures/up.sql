-- Signatures over opinions, and the keys that make them. Private keys are sealed under the sealing key, like patient data.

-- The exchange's own certificate authority. At most one is active: two instances that start at once cannot make two.
CREATE TABLE signing_authorities (
    id TEXT PRIMARY KEY NOT NULL,
    active BOOLEAN NOT NULL,
    certificate TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL
);
CREATE UNIQUE INDEX signing_authorities_active ON signing_authorities (active) WHERE active;

CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    authority_id TEXT NOT NULL REFERENCES signing_authorities (id),
    certificate TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX signing_keys_person ON signing_keys (person_id, not_after);

-- The signed form of a version, byte for byte as it is handed out and verified.
CREATE TABLE opinion_signatures (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinions (id),
    key_id TEXT NOT NULL REFERENCES signing_keys (id),
    jades TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE TRIGGER opinion_signatures_no_update BEFORE UPDATE ON opinion_signatures
BEGIN
    SELECT RAISE(ABORT, 'opinion_signatures is append-only');
END;
CREATE TRIGGER opinion_signatures_no_delete BEFORE DELETE ON opinion_signatures
BEGIN
    SELECT RAISE(ABORT, 'opinion_signatures is append-only');
END;
