-- What was declined in a period is counted from the index, not from every assignment there was.
CREATE INDEX assignments_declined ON assignments (network_id, ended_at, reason) WHERE state = 'declined';
