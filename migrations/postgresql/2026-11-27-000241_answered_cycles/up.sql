-- One row for each answered clock cycle of a case, written when its opinion is signed and never changed: what figures count. A case
-- that was reopened and answered again counts twice, each time by its own clock.
CREATE TABLE answered_cycles (
    case_id TEXT NOT NULL REFERENCES cases (id),
    cycle INTEGER NOT NULL,
    network_id TEXT NOT NULL REFERENCES networks (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    urgency TEXT NOT NULL,
    subspecialty TEXT,
    territory TEXT NOT NULL,
    initial_status TEXT,
    concordance TEXT,
    started_at BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    -- The pool's working time in which the clock ran.
    working_seconds BIGINT NOT NULL,
    within_target BOOLEAN NOT NULL,
    PRIMARY KEY (case_id, cycle)
);
CREATE INDEX answered_cycles_network ON answered_cycles (network_id, signed_at);
CREATE INDEX answered_cycles_expert ON answered_cycles (expert_id, signed_at);
CREATE TRIGGER answered_cycles_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON answered_cycles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
