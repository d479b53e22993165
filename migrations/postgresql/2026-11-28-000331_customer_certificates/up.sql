-- Authorities that are not the exchange's own: a network's, which the operator registered under a name. They are never active: the
-- exchange has none of their keys.
ALTER TABLE signing_authorities ADD COLUMN registered_as TEXT;
ALTER TABLE signing_authorities ADD COLUMN withdrawn_at BIGINT;
-- Certificates between a key's and its authority's, base64 DER, the key's issuer first, separated by spaces.
ALTER TABLE signing_keys ADD COLUMN between_them TEXT NOT NULL DEFAULT '';

-- Keys that wait for their certificate. At most one of a person.
CREATE TABLE signing_requests (
    person_id TEXT PRIMARY KEY NOT NULL REFERENCES people (id),
    -- The identifier that the key will have among the signing keys, under which it is sealed.
    key_id TEXT NOT NULL,
    -- The public key: base64 of an uncompressed point of P-256.
    point TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    token_key TEXT,
    made_at BIGINT NOT NULL
);
