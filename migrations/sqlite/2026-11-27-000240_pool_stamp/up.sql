-- Changes with whatever decides who is in a pool and how they work, so that a process may keep the pools it has read for as long as
-- the stamp stays. Drawn at random, not counted: a change that is taken back gives a stamp that never comes again.
CREATE TABLE pool_stamp (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    stamp TEXT NOT NULL
);
INSERT INTO pool_stamp (id, stamp) VALUES (1, lower(hex(randomblob(16))));
CREATE TRIGGER networks_insert_stamp AFTER INSERT ON networks
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER networks_update_stamp AFTER UPDATE ON networks
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER networks_delete_stamp AFTER DELETE ON networks
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER expert_profiles_insert_stamp AFTER INSERT ON expert_profiles
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER expert_profiles_update_stamp AFTER UPDATE ON expert_profiles
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER expert_profiles_delete_stamp AFTER DELETE ON expert_profiles
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER memberships_insert_stamp AFTER INSERT ON memberships
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER memberships_update_stamp AFTER UPDATE ON memberships
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER memberships_delete_stamp AFTER DELETE ON memberships
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
-- A new password of somebody changes no pool.
CREATE TRIGGER people_update_stamp AFTER UPDATE OF active ON people WHEN OLD.active IS NOT NEW.active
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
