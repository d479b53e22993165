-- That an expert reads no case of a laboratory: declared for a time, or until it is taken back.
CREATE TABLE recusals (
    id TEXT PRIMARY KEY NOT NULL,
    expert_id TEXT NOT NULL REFERENCES people (id),
    laboratory_id TEXT NOT NULL REFERENCES laboratories (id),
    reason TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    declared_by TEXT NOT NULL REFERENCES people (id),
    declared_at BIGINT NOT NULL,
    CHECK (ends_at IS NULL OR starts_at < ends_at)
);
CREATE INDEX recusals_expert ON recusals (expert_id, starts_at);
CREATE INDEX recusals_laboratory ON recusals (laboratory_id);
CREATE TRIGGER recusals_insert_stamp AFTER INSERT ON recusals
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER recusals_update_stamp AFTER UPDATE ON recusals
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER recusals_delete_stamp AFTER DELETE ON recusals
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
