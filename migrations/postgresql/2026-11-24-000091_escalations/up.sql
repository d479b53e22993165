-- The steps of the escalation ladder that were taken: each once in a clock cycle of a case.
CREATE TABLE case_escalations (
    case_id TEXT NOT NULL REFERENCES cases (id),
    cycle INTEGER NOT NULL,
    act TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, cycle, act)
);
