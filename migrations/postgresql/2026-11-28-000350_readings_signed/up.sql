-- What a reader of a panel signed is kept, stamped and entered in the log as what an expert signed. Signatures are of versions and of
-- readings, so that they name neither of the two tables; those tables name them.
ALTER TABLE opinion_signatures DROP CONSTRAINT opinion_signatures_opinion_id_fkey;
ALTER TABLE transparency_salts DROP CONSTRAINT transparency_salts_opinion_id_fkey;
INSERT INTO opinion_signatures (opinion_id, key_id, jades, sha256)
    SELECT id, key_id, jades, signature_sha256 FROM panel_readings;
ALTER TABLE panel_readings
    DROP COLUMN key_id,
    DROP COLUMN jades,
    DROP COLUMN signature_sha256,
    ADD CONSTRAINT panel_readings_id_fkey FOREIGN KEY (id) REFERENCES opinion_signatures (opinion_id);
