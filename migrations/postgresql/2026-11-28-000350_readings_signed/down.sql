-- Time stamps and entries of readings go: what was before knows none.
DROP TRIGGER panel_readings_append_only ON panel_readings;
ALTER TABLE panel_readings
    DROP CONSTRAINT panel_readings_id_fkey,
    ADD COLUMN key_id TEXT REFERENCES signing_keys (id),
    ADD COLUMN jades TEXT,
    ADD COLUMN signature_sha256 TEXT;
UPDATE panel_readings SET key_id = s.key_id, jades = s.jades, signature_sha256 = s.sha256
    FROM opinion_signatures s WHERE s.opinion_id = panel_readings.id;
ALTER TABLE panel_readings
    ALTER COLUMN key_id SET NOT NULL,
    ALTER COLUMN jades SET NOT NULL,
    ALTER COLUMN signature_sha256 SET NOT NULL;
CREATE TRIGGER panel_readings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON panel_readings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE opinion_timestamps DISABLE TRIGGER USER;
ALTER TABLE opinion_signatures DISABLE TRIGGER USER;
DELETE FROM opinion_timestamps WHERE opinion_id NOT IN (SELECT id FROM opinions);
DELETE FROM opinion_signatures WHERE opinion_id NOT IN (SELECT id FROM opinions);
DELETE FROM transparency_salts WHERE opinion_id NOT IN (SELECT id FROM opinions);
ALTER TABLE opinion_timestamps ENABLE TRIGGER USER;
ALTER TABLE opinion_signatures ENABLE TRIGGER USER;
ALTER TABLE opinion_signatures ADD CONSTRAINT opinion_signatures_opinion_id_fkey
    FOREIGN KEY (opinion_id) REFERENCES opinions (id);
ALTER TABLE transparency_salts ADD CONSTRAINT transparency_salts_opinion_id_fkey
    FOREIGN KEY (opinion_id) REFERENCES opinions (id);
