-- What each person wants to be told by mail, and when: a JSON object of kinds, without those that come at once. The day of the
-- last summary, in the person's own time zone, keeps a second one of that day from being written.
CREATE TABLE notification_choices (
    person_id TEXT PRIMARY KEY NOT NULL REFERENCES people (id),
    version BIGINT NOT NULL,
    choices TEXT NOT NULL,
    summarised_on TEXT
);
-- Mails that wait for the summary of the day, under the identifier that they had in the outbox; afterwards for a while as the
-- proof that they were told.
CREATE TABLE summary_items (
    id TEXT PRIMARY KEY NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    reference TEXT,
    summarised_at BIGINT
);
CREATE INDEX summary_items_waiting ON summary_items (person_id, id) WHERE summarised_at IS NULL;
