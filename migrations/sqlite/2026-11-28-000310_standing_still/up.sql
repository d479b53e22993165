-- The few cases of an expert that stand still: they do not count against what the expert takes at a time.
CREATE INDEX cases_standing_still ON cases (expert_id)
WHERE state IN ('offered', 'accepted') AND pauses <> '[]';
