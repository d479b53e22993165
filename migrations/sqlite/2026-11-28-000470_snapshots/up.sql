-- Pictures of what experts saw of slides, for the opinions that they show them in. View is a JSON document: where on the slide, at
-- which scale. The picture (JPEG) is sealed; the digest is that of its bytes before. No reference to the slide: a draft of the case
-- may drop one, and what was seen of it stays.
-- Drafted: it lies in the expert's draft. Kept: an opinion that somebody may have read shows it.
CREATE TABLE snapshots (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    slide_id TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    view TEXT NOT NULL,
    words TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    picture BLOB NOT NULL,
    drafted BOOLEAN NOT NULL,
    kept BOOLEAN NOT NULL
);
CREATE INDEX snapshots_case ON snapshots (case_id, id);
CREATE TRIGGER snapshots_no_change BEFORE UPDATE OF id, case_id, expert_id, slide_id, taken_at, view, sha256, picture ON snapshots
BEGIN
    SELECT RAISE(ABORT, 'what a snapshot shows does not change');
END;
CREATE TRIGGER snapshots_no_delete BEFORE DELETE ON snapshots WHEN OLD.kept
BEGIN
    SELECT RAISE(ABORT, 'a snapshot that an opinion shows stays');
END;
