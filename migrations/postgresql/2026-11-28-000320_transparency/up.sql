-- The transparency log of signed opinions (C2SP tlog-tiles): whoever keeps a checkpoint of it notices when an opinion is taken out,
-- put in late or exchanged. It holds salted hashes and nothing else, and only grows.

-- The one log: its name, its signing key (sealed), how many entries it has and what it signed last.
CREATE TABLE transparency_log (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    origin TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    checkpoint TEXT NOT NULL
);

-- What anybody may read.
CREATE TABLE transparency_entries (
    position BIGINT PRIMARY KEY NOT NULL CHECK (position >= 0),
    entry BYTEA NOT NULL
);

-- Hashes of the tree, up to 256 of a level together, 32 bytes each; the last one of a level grows.
CREATE TABLE transparency_tiles (
    level INTEGER NOT NULL,
    number BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, number)
);

-- Which opinion an entry is of, for who holds the opinion. Waiting for their place are those without a position. Without its salt
-- nobody can tell any more that an entry was of this opinion; its row stays, so that it is not entered again.
CREATE TABLE transparency_salts (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinions (id),
    salt BYTEA,
    entry BYTEA,
    position BIGINT UNIQUE,
    CHECK ((salt IS NULL) = (entry IS NULL)),
    CHECK (salt IS NOT NULL OR position IS NULL)
);
CREATE INDEX transparency_salts_waiting ON transparency_salts (opinion_id) WHERE position IS NULL AND salt IS NOT NULL;

CREATE TRIGGER transparency_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transparency_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transparency_tiles_stay BEFORE DELETE OR TRUNCATE ON transparency_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transparency_tiles_only_grow BEFORE UPDATE ON transparency_tiles FOR EACH ROW
    WHEN (NEW.level <> OLD.level OR NEW.number <> OLD.number
        OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transparency_log_stays BEFORE DELETE OR TRUNCATE ON transparency_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transparency_log_only_grows BEFORE UPDATE ON transparency_log FOR EACH ROW
    WHEN (NEW.size < OLD.size OR NEW.origin <> OLD.origin)
    EXECUTE FUNCTION refuse_change();
