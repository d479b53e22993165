-- A reading of a panel counts in its reader's share as an opinion does, so that what counts is not named by the opinions alone. The
-- readings of before count as those that are signed from now on.
ALTER TABLE work_done DROP CONSTRAINT work_done_opinion_id_fkey;
INSERT INTO work_done (opinion_id, expert_id, signed_at, minutes)
SELECT r.id, t.expert_id, r.signed_at,
    (10 + COALESCE((SELECT SUM(CASE WHEN UPPER(REPLACE(REPLACE(REPLACE(REPLACE(s.stain, '.', ''), '&', ''), '-', ''), ' ', '')) IN ('HE', 'HES', 'HPS') THEN 3 ELSE 2 END) FROM slides s WHERE s.case_id = t.case_id), 0))
    * CASE WHEN EXISTS (SELECT 1 FROM expert_profiles p WHERE p.person_id = t.expert_id AND p.primary_subspecialty = c.subspecialty) THEN 100 ELSE 120 END / 100
FROM panel_readings r JOIN panel_seats t ON t.panel_id = r.panel_id AND t.number = r.seat JOIN cases c ON c.id = t.case_id;
