-- How the last answers of a pool kept their plans is read from the index alone, not from every assignment there was.
CREATE INDEX assignments_answered ON assignments (network_id, id, expected_answer_at, ended_at) WHERE state = 'completed';
