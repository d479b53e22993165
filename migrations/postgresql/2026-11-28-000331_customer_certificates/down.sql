DROP TABLE signing_requests;
ALTER TABLE signing_keys DROP COLUMN between_them;
ALTER TABLE signing_authorities DROP COLUMN withdrawn_at;
ALTER TABLE signing_authorities DROP COLUMN registered_as;
