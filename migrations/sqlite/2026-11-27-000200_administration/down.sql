DROP INDEX audit_entries_at;
ALTER TABLE audit_entries DROP COLUMN detail;
ALTER TABLE audit_entries DROP COLUMN subject_id;
ALTER TABLE audit_entries DROP COLUMN subject_kind;
ALTER TABLE slide_sources DROP COLUMN version;
ALTER TABLE laboratories DROP COLUMN version;
ALTER TABLE agreements DROP COLUMN version;
ALTER TABLE networks DROP COLUMN version;
ALTER TABLE people DROP COLUMN version;
