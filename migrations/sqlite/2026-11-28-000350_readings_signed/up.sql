-- What a reader of a panel signed is kept, stamped and entered in the log as what an expert signed. Signatures are of versions and of
-- readings, so that they name neither of the two tables; those tables name them.
DROP TRIGGER opinion_signatures_no_update;
DROP TRIGGER opinion_signatures_no_delete;
ALTER TABLE opinion_signatures RENAME TO opinion_signatures_before;
CREATE TABLE opinion_signatures (
    opinion_id TEXT PRIMARY KEY NOT NULL,
    key_id TEXT NOT NULL REFERENCES signing_keys (id),
    jades TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
INSERT INTO opinion_signatures (opinion_id, key_id, jades, sha256)
    SELECT opinion_id, key_id, jades, sha256 FROM opinion_signatures_before;
INSERT INTO opinion_signatures (opinion_id, key_id, jades, sha256)
    SELECT id, key_id, jades, signature_sha256 FROM panel_readings;

DROP TRIGGER opinion_timestamps_no_update;
DROP TRIGGER opinion_timestamps_no_delete;
ALTER TABLE opinion_timestamps RENAME TO opinion_timestamps_before;
CREATE TABLE opinion_timestamps (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinion_signatures (opinion_id),
    token TEXT NOT NULL,
    attested_at BIGINT NOT NULL,
    authority TEXT NOT NULL
);
INSERT INTO opinion_timestamps (opinion_id, token, attested_at, authority)
    SELECT opinion_id, token, attested_at, authority FROM opinion_timestamps_before;
DROP TABLE opinion_timestamps_before;
DROP TABLE opinion_signatures_before;

DROP TRIGGER panel_readings_no_update;
DROP TRIGGER panel_readings_no_delete;
ALTER TABLE panel_readings RENAME TO panel_readings_before;
CREATE TABLE panel_readings (
    id TEXT PRIMARY KEY NOT NULL REFERENCES opinion_signatures (opinion_id),
    panel_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    UNIQUE (panel_id, seat),
    FOREIGN KEY (panel_id, seat) REFERENCES panel_seats (panel_id, number)
);
INSERT INTO panel_readings (id, panel_id, seat, content, sha256, signed_at)
    SELECT id, panel_id, seat, content, sha256, signed_at FROM panel_readings_before;
DROP TABLE panel_readings_before;

DROP INDEX transparency_salts_waiting;
ALTER TABLE transparency_salts RENAME TO transparency_salts_before;
CREATE TABLE transparency_salts (
    opinion_id TEXT PRIMARY KEY NOT NULL,
    salt BLOB,
    entry BLOB,
    position BIGINT UNIQUE,
    CHECK ((salt IS NULL) = (entry IS NULL)),
    CHECK (salt IS NOT NULL OR position IS NULL)
);
INSERT INTO transparency_salts (opinion_id, salt, entry, position)
    SELECT opinion_id, salt, entry, position FROM transparency_salts_before;
DROP TABLE transparency_salts_before;
CREATE INDEX transparency_salts_waiting ON transparency_salts (opinion_id) WHERE position IS NULL AND salt IS NOT NULL;

CREATE TRIGGER opinion_signatures_no_update BEFORE UPDATE ON opinion_signatures
BEGIN
    SELECT RAISE(ABORT, 'opinion_signatures is append-only');
END;
CREATE TRIGGER opinion_signatures_no_delete BEFORE DELETE ON opinion_signatures
BEGIN
    SELECT RAISE(ABORT, 'opinion_signatures is append-only');
END;
CREATE TRIGGER opinion_timestamps_no_update BEFORE UPDATE ON opinion_timestamps
BEGIN
    SELECT RAISE(ABORT, 'opinion_timestamps is append-only');
END;
CREATE TRIGGER opinion_timestamps_no_delete BEFORE DELETE ON opinion_timestamps
BEGIN
    SELECT RAISE(ABORT, 'opinion_timestamps is append-only');
END;
CREATE TRIGGER panel_readings_no_update BEFORE UPDATE ON panel_readings
BEGIN
    SELECT RAISE(ABORT, 'panel_readings is append-only');
END;
CREATE TRIGGER panel_readings_no_delete BEFORE DELETE ON panel_readings
BEGIN
    SELECT RAISE(ABORT, 'panel_readings is append-only');
END;
