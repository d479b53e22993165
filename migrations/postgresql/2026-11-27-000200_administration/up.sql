-- What administrators change has a version, so that two who change it at once are told; what they did names what it was done to.
ALTER TABLE people ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE networks ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE agreements ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE laboratories ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE slide_sources ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE audit_entries ADD COLUMN subject_kind TEXT;
ALTER TABLE audit_entries ADD COLUMN subject_id TEXT;
-- Names of what was changed, never its values.
ALTER TABLE audit_entries ADD COLUMN detail TEXT;
CREATE INDEX audit_entries_at ON audit_entries (at, id);
