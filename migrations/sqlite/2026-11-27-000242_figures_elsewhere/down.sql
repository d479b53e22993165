CREATE INDEX cases_signed ON cases (network_id, signed_at) WHERE signed_at IS NOT NULL;
