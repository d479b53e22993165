-- What stays as it is for days is kept by each process: not the pools alone, but all that a case is routed by.
CREATE TRIGGER laboratories_insert_stamp AFTER INSERT ON laboratories
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER laboratories_update_stamp AFTER UPDATE ON laboratories
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER laboratories_delete_stamp AFTER DELETE ON laboratories
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER agreements_insert_stamp AFTER INSERT ON agreements
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER agreements_update_stamp AFTER UPDATE ON agreements
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER agreements_delete_stamp AFTER DELETE ON agreements
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER choice_policies_insert_stamp AFTER INSERT ON choice_policies
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER choice_policies_update_stamp AFTER UPDATE ON choice_policies
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER choice_policies_delete_stamp AFTER DELETE ON choice_policies
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER target_policies_insert_stamp AFTER INSERT ON target_policies
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER target_policies_update_stamp AFTER UPDATE ON target_policies
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
CREATE TRIGGER target_policies_delete_stamp AFTER DELETE ON target_policies
BEGIN
    UPDATE pool_stamp SET stamp = lower(hex(randomblob(16)));
END;
