-- What stays as it is for days is kept by each process: not the pools alone, but all that a case is routed by.
CREATE TRIGGER laboratories_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON laboratories
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
CREATE TRIGGER agreements_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON agreements
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
CREATE TRIGGER choice_policies_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON choice_policies
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
CREATE TRIGGER target_policies_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON target_policies
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
