-- What was said of a case's time: each thing once in a clock cycle, however often its clock stood still.
CREATE TABLE case_notices (
    case_id TEXT NOT NULL REFERENCES cases (id),
    cycle INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, cycle, kind)
);
