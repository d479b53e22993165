-- Panels: several experts of different laboratories read a case, each without knowing what the others read. One for each clock
-- cycle at the most. All of it changes under the lock of its case's row.
CREATE TABLE panels (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    cycle INTEGER NOT NULL,
    readers INTEGER NOT NULL,
    reason TEXT NOT NULL,
    convened_by TEXT NOT NULL REFERENCES people (id),
    convened_at BIGINT NOT NULL,
    revealed_at BIGINT,
    closed_by TEXT REFERENCES people (id),
    closed_reason TEXT,
    UNIQUE (case_id, cycle)
);
-- Seats, the chair's first. One that was given back or taken away stays, and another is added.
CREATE TABLE panel_seats (
    panel_id TEXT NOT NULL REFERENCES panels (id),
    number INTEGER NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    laboratory_id TEXT REFERENCES laboratories (id),
    state TEXT NOT NULL,
    invited_at BIGINT NOT NULL,
    answered_at BIGINT,
    reason TEXT,
    comment TEXT,
    PRIMARY KEY (panel_id, number)
);
CREATE INDEX panel_seats_expert ON panel_seats (expert_id, state, case_id);
CREATE INDEX panel_seats_case ON panel_seats (case_id, panel_id, number);
-- What each reader signed, byte for byte. Append-only.
CREATE TABLE panel_readings (
    id TEXT PRIMARY KEY NOT NULL,
    panel_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    key_id TEXT NOT NULL REFERENCES signing_keys (id),
    jades TEXT NOT NULL,
    signature_sha256 TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    UNIQUE (panel_id, seat),
    FOREIGN KEY (panel_id, seat) REFERENCES panel_seats (panel_id, number)
);
CREATE TRIGGER panel_readings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON panel_readings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Where the panel of the present cycle stands: blind, revealed, or none.
ALTER TABLE cases ADD COLUMN panel TEXT;
