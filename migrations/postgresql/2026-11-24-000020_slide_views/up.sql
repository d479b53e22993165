-- Who looked at which slide: once for each session of a person and each slide. The audit entry of the viewing has the same id.
-- No reference to the slide: a draft replaces its slides as it is edited, and what was looked at stays on record.
CREATE TABLE slide_views (
    id TEXT PRIMARY KEY NOT NULL,
    session_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    case_id TEXT NOT NULL REFERENCES cases (id),
    slide_id TEXT NOT NULL,
    opened_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX slide_views_session ON slide_views (session_id, slide_id);
CREATE INDEX slide_views_case ON slide_views (case_id, opened_at);
