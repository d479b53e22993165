-- Time stamps and entries of readings go: what was before knows none.
DROP TRIGGER opinion_signatures_no_update;
DROP TRIGGER opinion_signatures_no_delete;
DROP TRIGGER opinion_timestamps_no_update;
DROP TRIGGER opinion_timestamps_no_delete;
DROP TRIGGER panel_readings_no_update;
DROP TRIGGER panel_readings_no_delete;
DROP INDEX transparency_salts_waiting;
ALTER TABLE opinion_signatures RENAME TO opinion_signatures_after;
ALTER TABLE opinion_timestamps RENAME TO opinion_timestamps_after;
ALTER TABLE panel_readings RENAME TO panel_readings_after;
ALTER TABLE transparency_salts RENAME TO transparency_salts_after;
CREATE TABLE opinion_signatures (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinions (id),
    key_id TEXT NOT NULL REFERENCES signing_keys (id),
    jades TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
INSERT INTO opinion_signatures (opinion_id, key_id, jades, sha256)
    SELECT opinion_id, key_id, jades, sha256 FROM opinion_signatures_after WHERE opinion_id IN (SELECT id FROM opinions);
CREATE TABLE opinion_timestamps (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinion_signatures (opinion_id),
    token TEXT NOT NULL,
    attested_at BIGINT NOT NULL,
    authority TEXT NOT NULL
);
INSERT INTO opinion_timestamps (opinion_id, token, attested_at, authority)
    SELECT opinion_id, token, attested_at, authority FROM opinion_timestamps_after
    WHERE opinion_id IN (SELECT id FROM opinions);
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
INSERT INTO panel_readings (id, panel_id, seat, content, sha256, key_id, jades, signature_sha256, signed_at)
    SELECT r.id, r.panel_id, r.seat, r.content, r.sha256, s.key_id, s.jades, s.sha256, r.signed_at
    FROM panel_readings_after r JOIN opinion_signatures_after s ON s.opinion_id = r.id;
CREATE TABLE transparency_salts (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinions (id),
    salt BLOB,
    entry BLOB,
    position BIGINT UNIQUE,
    CHECK ((salt IS NULL) = (entry IS NULL)),
    CHECK (salt IS NOT NULL OR position IS NULL)
);
INSERT INTO transparency_salts (opinion_id, salt, entry, position)
    SELECT opinion_id, salt, entry, position FROM transparency_salts_after WHERE opinion_id IN (SELECT id FROM opinions);
CREATE INDEX transparency_salts_waiting ON transparency_salts (opinion_id) WHERE position IS NULL AND salt IS NOT NULL;
DROP TABLE transparency_salts_after;
DROP TABLE panel_readings_after;
DROP TABLE opinion_timestamps_after;
DROP TABLE opinion_signatures_after;
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
