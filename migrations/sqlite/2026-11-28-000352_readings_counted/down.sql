DROP INDEX work_done_expert;
ALTER TABLE work_done RENAME TO work_done_other;
CREATE TABLE work_done (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinions (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    signed_at BIGINT NOT NULL,
    minutes INTEGER NOT NULL
);
INSERT INTO work_done (opinion_id, expert_id, signed_at, minutes)
    SELECT opinion_id, expert_id, signed_at, minutes FROM work_done_other WHERE opinion_id IN (SELECT id FROM opinions);
DROP TABLE work_done_other;
CREATE INDEX work_done_expert ON work_done (expert_id, signed_at, minutes);
