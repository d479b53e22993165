-- What a network promises, by urgency and subspecialty, and for cases sent when. Entries are added and ended, never rewritten: what
-- was promised of a case stands in the event that sent it.
CREATE TABLE target_policies (
    id TEXT PRIMARY KEY NOT NULL,
    network_id TEXT NOT NULL REFERENCES networks (id),
    version INTEGER NOT NULL,
    urgency TEXT NOT NULL,
    subspecialty TEXT,
    counts TEXT NOT NULL,
    answer_minutes INTEGER NOT NULL,
    first_response_minutes INTEGER NOT NULL,
    warning_minutes INTEGER NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT,
    made_by TEXT NOT NULL REFERENCES people (id),
    made_at BIGINT NOT NULL
);
CREATE INDEX target_policies_network ON target_policies (network_id, urgency);
