-- What the choice among eligible experts weighs in a network: versions that are added, never changed; the newest one holds.
CREATE TABLE choice_policies (
    network_id TEXT NOT NULL REFERENCES networks (id),
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES people (id),
    made_at BIGINT NOT NULL,
    PRIMARY KEY (network_id, version)
);
