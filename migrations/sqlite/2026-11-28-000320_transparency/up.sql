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
    entry BLOB NOT NULL
);

-- Hashes of the tree, up to 256 of a level together, 32 bytes each; the last one of a level grows.
CREATE TABLE transparency_tiles (
    level INTEGER NOT NULL,
    number BIGINT NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
);

-- Which opinion an entry is of, for who holds the opinion. Waiting for their place are those without a position. Without its salt
-- nobody can tell any more that an entry was of this opinion; its row stays, so that it is not entered again.
CREATE TABLE transparency_salts (
    opinion_id TEXT PRIMARY KEY NOT NULL REFERENCES opinions (id),
    salt BLOB,
    entry BLOB,
    position BIGINT UNIQUE,
    CHECK ((salt IS NULL) = (entry IS NULL)),
    CHECK (salt IS NOT NULL OR position IS NULL)
);
CREATE INDEX transparency_salts_waiting ON transparency_salts (opinion_id) WHERE position IS NULL AND salt IS NOT NULL;

CREATE TRIGGER transparency_entries_no_update BEFORE UPDATE ON transparency_entries
BEGIN
    SELECT RAISE(ABORT, 'transparency_entries is append-only');
END;
CREATE TRIGGER transparency_entries_no_delete BEFORE DELETE ON transparency_entries
BEGIN
    SELECT RAISE(ABORT, 'transparency_entries is append-only');
END;
CREATE TRIGGER transparency_tiles_only_grow BEFORE UPDATE ON transparency_tiles
WHEN new.level <> old.level OR new.number <> old.number
    OR substr(new.hashes, 1, length(old.hashes)) <> old.hashes
BEGIN
    SELECT RAISE(ABORT, 'transparency_tiles only grow');
END;
CREATE TRIGGER transparency_tiles_no_delete BEFORE DELETE ON transparency_tiles
BEGIN
    SELECT RAISE(ABORT, 'transparency_tiles only grow');
END;
CREATE TRIGGER transparency_log_only_grows BEFORE UPDATE ON transparency_log
WHEN new.size < old.size OR new.origin <> old.origin
BEGIN
    SELECT RAISE(ABORT, 'transparency_log only grows');
END;
CREATE TRIGGER transparency_log_no_delete BEFORE DELETE ON transparency_log
BEGIN
    SELECT RAISE(ABORT, 'transparency_log only grows');
END;
