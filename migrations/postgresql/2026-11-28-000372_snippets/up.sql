-- The sentences that an expert keeps to write opinions with: a JSON list of short keys and texts, without anything of a case.
CREATE TABLE snippets (
    person_id TEXT PRIMARY KEY NOT NULL REFERENCES people (id),
    version BIGINT NOT NULL,
    items TEXT NOT NULL
);
