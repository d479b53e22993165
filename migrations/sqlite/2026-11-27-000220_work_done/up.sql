-- What signing a case's opinion counted for in the shares of a pool's experts: minutes, as domain::work counts them.
CREATE TABLE work_done (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinions (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    signed_at BIGINT NOT NULL,
    minutes INTEGER NOT NULL
);
-- Routing adds up what each expert of a pool did lately: from the index alone.
CREATE INDEX work_done_expert ON work_done (expert_id, signed_at, minutes);
-- What was signed before this table was there: ten minutes a case, three a slide in an overview stain, two in a further one, a
-- fifth more for who reads the subspecialty beside their own.
INSERT INTO work_done (opinion_id, expert_id, signed_at, minutes)
SELECT o.id, o.signer_id, o.signed_at,
    (10 + COALESCE((SELECT SUM(CASE WHEN UPPER(REPLACE(REPLACE(REPLACE(REPLACE(s.stain, '.', ''), '&', ''), '-', ''), ' ', '')) IN ('HE', 'HES', 'HPS') THEN 3 ELSE 2 END) FROM slides s WHERE s.case_id = o.case_id), 0))
    * CASE WHEN EXISTS (SELECT 1 FROM expert_profiles p WHERE p.person_id = o.signer_id AND p.primary_subspecialty = c.subspecialty) THEN 100 ELSE 120 END / 100
FROM opinions o JOIN cases c ON c.id = o.case_id
WHERE o.kind = 'opinion';
