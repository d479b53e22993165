-- What a coordinator was proposed: which unopened cases would go from whom to whom, and what became of it.
CREATE TABLE proposals (
    id TEXT PRIMARY KEY NOT NULL,
    network_id TEXT NOT NULL REFERENCES networks (id),
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES people (id),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_by TEXT REFERENCES people (id),
    decided_at BIGINT,
    reason TEXT
);
CREATE INDEX proposals_network ON proposals (network_id, id);
-- A network has one proposal to decide about at most.
CREATE UNIQUE INDEX proposals_open ON proposals (network_id) WHERE state = 'open';
