-- Systems of a network that are told what happens to its cases: where, of what, and whether it arrives. `kinds` is a JSON list. The
-- secrets that sign what is sent are sealed; while an earlier one still signs beside the present one, `previous_until` says until when.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    network_id TEXT NOT NULL REFERENCES networks (id),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    internal BOOLEAN NOT NULL,
    kinds TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    stopped_because TEXT,
    sealed_secrets TEXT NOT NULL,
    previous_until BIGINT,
    failures INTEGER NOT NULL,
    failing_since BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhooks_network ON webhooks (network_id);
-- The webhook that a message goes to; none of mails and jobs.
ALTER TABLE outbox ADD COLUMN webhook_id TEXT REFERENCES webhooks (id);
CREATE INDEX outbox_webhook ON outbox (webhook_id, id) WHERE webhook_id IS NOT NULL;
-- Every change of a case asks who is to be told of it: kept by each process like the rest of the directory. How deliveries fare
-- changes nothing of that.
CREATE TRIGGER webhooks_stamp AFTER INSERT OR UPDATE OF network_id, kinds, active OR DELETE ON webhooks
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
CREATE TRIGGER webhooks_truncate_stamp AFTER TRUNCATE ON webhooks
    FOR EACH STATEMENT EXECUTE FUNCTION renew_pool_stamp();
