-- What people draw on slides, as it stands now. No reference to the slide: a draft may drop one, and what was drawn on it stays.
-- Removed ones stay too, out of sight. Content is a JSON document: kind, points in pixels of the finest resolution, label.
CREATE TABLE annotations (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    slide_id TEXT NOT NULL,
    author_id TEXT NOT NULL REFERENCES people (id),
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    batch_id TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX annotations_slide ON annotations (case_id, slide_id, id);
CREATE INDEX annotations_batch ON annotations (batch_id);
-- Every version of them, and who made it. Append-only.
CREATE TABLE annotation_events (
    annotation_id TEXT NOT NULL REFERENCES annotations (id),
    version BIGINT NOT NULL,
    action TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    at BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (annotation_id, version)
);
CREATE TRIGGER annotation_events_no_update BEFORE UPDATE ON annotation_events
BEGIN
    SELECT RAISE(ABORT, 'annotation_events is append-only');
END;
CREATE TRIGGER annotation_events_no_delete BEFORE DELETE ON annotation_events
BEGIN
    SELECT RAISE(ABORT, 'annotation_events is append-only');
END;
