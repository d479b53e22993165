-- The urgency stands in the index, so that a row of another urgency is passed over without being read.
DROP INDEX cases_network;
DROP INDEX cases_laboratory;
DROP INDEX cases_expert;
CREATE INDEX cases_network ON cases (network_id, sort_at, id, urgency);
CREATE INDEX cases_laboratory ON cases (laboratory_id, sort_at, id, urgency);
CREATE INDEX cases_expert ON cases (expert_id, sort_at, id, urgency);
-- Made last: without statistics SQLite holds both kinds for equally good and takes the newest, and through the others it would
-- read every case that was ever closed to find the open ones.
DROP INDEX cases_open_network;
DROP INDEX cases_open_laboratory;
DROP INDEX cases_open_expert;
CREATE INDEX cases_open_network ON cases (network_id, sort_at, id, urgency) WHERE state IN ('submitted', 'offered', 'accepted');
CREATE INDEX cases_open_laboratory ON cases (laboratory_id, sort_at, id, urgency) WHERE state IN ('submitted', 'offered', 'accepted');
CREATE INDEX cases_open_expert ON cases (expert_id, sort_at, id, urgency) WHERE state IN ('submitted', 'offered', 'accepted');
-- Routing adds up what every expert of a pool has open: from the index alone.
DROP INDEX assignments_load;
CREATE INDEX assignments_load ON assignments (expert_id, reading_minutes) WHERE state IN ('offered', 'accepted');
