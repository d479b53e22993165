-- What the transparency log holds of the audit trail: digests of all that was recorded up to an instant, each over the one before, so
-- that nobody can alter, remove or slip in an entry afterwards without its being seen.
CREATE TABLE transparency_audits (
    number BIGINT PRIMARY KEY NOT NULL CHECK (number > 0),
    -- Its entry in the log.
    id TEXT NOT NULL UNIQUE REFERENCES transparency_salts (opinion_id),
    -- The last entry of the trail that it is over.
    through_at BIGINT NOT NULL,
    through_id TEXT NOT NULL,
    -- Entries since the one before.
    entries BIGINT NOT NULL CHECK (entries > 0),
    digest BYTEA NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE TRIGGER transparency_audits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transparency_audits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
