-- The newest list of certificates that an authority of the exchange's own has taken back: base64 DER.
CREATE TABLE revocation_lists (
    authority_id TEXT PRIMARY KEY NOT NULL REFERENCES signing_authorities (id),
    issued_at BIGINT NOT NULL,
    list TEXT NOT NULL
);
