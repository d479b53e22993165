-- Time stamps of signatures (RFC 3161): beside the signed form, which they do not change. One for each.
CREATE TABLE opinion_timestamps (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinion_signatures (opinion_id),
    token TEXT NOT NULL,
    attested_at BIGINT NOT NULL,
    authority TEXT NOT NULL
);
CREATE TRIGGER opinion_timestamps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON opinion_timestamps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
