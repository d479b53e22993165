-- Hours in which a pool answers urgent work beside its ordinary ones; those of no day when it has none.
ALTER TABLE networks ADD COLUMN on_call_hours TEXT NOT NULL DEFAULT '{}';
-- Who is on call: in the on-call hours of the pool that lie in this time.
CREATE TABLE duties (
    id TEXT PRIMARY KEY NOT NULL,
    network_id TEXT NOT NULL REFERENCES networks (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX duties_network ON duties (network_id, ends_at);
CREATE INDEX duties_expert ON duties (expert_id, ends_at);
CREATE TRIGGER duties_insert_stamp AFTER INSERT ON duties
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER duties_update_stamp AFTER UPDATE ON duties
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER duties_delete_stamp AFTER DELETE ON duties
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
