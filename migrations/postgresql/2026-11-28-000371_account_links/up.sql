-- Links by which a person chooses a password: of an invitation, or after the old one was forgotten. The token of a link is kept
-- nowhere, only its SHA-256.
CREATE TABLE account_links (
    id TEXT PRIMARY KEY NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    purpose TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX account_links_person ON account_links (person_id, purpose, created_at);
