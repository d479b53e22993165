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
    picture BYTEA NOT NULL,
    drafted BOOLEAN NOT NULL,
    kept BOOLEAN NOT NULL
);
CREATE INDEX snapshots_case ON snapshots (case_id, id);
CREATE TRIGGER snapshots_no_change BEFORE UPDATE OF id, case_id, expert_id, slide_id, taken_at, view, sha256, picture ON snapshots
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshots_no_delete BEFORE DELETE ON snapshots
    FOR EACH ROW WHEN (OLD.kept) EXECUTE FUNCTION refuse_change();
