-- What a coordinator decided about who reads a case: kept for one expert, or never given to another.
CREATE TABLE case_instructions (
    case_id TEXT NOT NULL REFERENCES cases (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    given_by TEXT NOT NULL REFERENCES people (id),
    given_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, expert_id)
);
-- A case is kept for one expert at most.
CREATE UNIQUE INDEX case_instructions_pin ON case_instructions (case_id) WHERE kind = 'pin';
