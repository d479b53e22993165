-- Changes with whatever decides who is in a pool and how they work, so that a process may keep the pools it has read for as long as
-- the stamp stays. Drawn at random, not counted: a change that is taken back gives a stamp that never comes again.
CREATE TABLE pool_stamp (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    stamp TEXT NOT NULL
);
INSERT INTO pool_stamp (id, stamp) VALUES (1, gen_random_uuid()::text);
CREATE FUNCTION renew_pool_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pool_stamp SET stamp = gen_random_uuid()::text;
    RETURN NULL;
END
$$;
CREATE TRIGGER networks_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON networks
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
CREATE TRIGGER expert_profiles_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON expert_profiles
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
CREATE TRIGGER memberships_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON memberships
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
-- A new password of somebody changes no pool.
CREATE TRIGGER people_stamp AFTER UPDATE OF active ON people
    FOR EACH ROW WHEN (OLD.active IS DISTINCT FROM NEW.active) EXECUTE FUNCTION renew_pool_stamp();
