-- The exchange. The same tables, columns and keys on SQLite and PostgreSQL: ids are UUIDv7 as text, instants are
-- microseconds since 1970 in UTC, documents are JSON as text. What differs (triggers) stands at the end.

-- Organisations -----------------------------------------------------------------------------------------------------------
CREATE TABLE networks (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    territory TEXT NOT NULL,
    routes_at_once BOOLEAN NOT NULL,
    weekly_hours TEXT NOT NULL,
    customary_holidays BOOLEAN NOT NULL,
    closures TEXT NOT NULL,
    territories TEXT NOT NULL,
    subspecialties TEXT NOT NULL,
    requires_ins BOOLEAN NOT NULL
);

CREATE TABLE agreements (
    id TEXT PRIMARY KEY NOT NULL,
    from_network TEXT NOT NULL REFERENCES networks (id),
    to_network TEXT NOT NULL REFERENCES networks (id),
    subspecialties TEXT NOT NULL,
    urgencies TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT,
    CHECK (from_network <> to_network)
);
CREATE INDEX agreements_from ON agreements (from_network);

CREATE TABLE laboratories (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    commune TEXT NOT NULL,
    territory TEXT NOT NULL,
    network_id TEXT NOT NULL REFERENCES networks (id),
    finess TEXT UNIQUE,
    local_number TEXT
);
CREATE INDEX laboratories_network ON laboratories (network_id);

CREATE TABLE slide_sources (
    id TEXT PRIMARY KEY NOT NULL,
    laboratory_id TEXT NOT NULL REFERENCES laboratories (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    base_url TEXT NOT NULL,
    internal BOOLEAN NOT NULL,
    sealed_credentials TEXT
);
CREATE INDEX slide_sources_laboratory ON slide_sources (laboratory_id);

-- People ------------------------------------------------------------------------------------------------------------------
CREATE TABLE people (
    id TEXT PRIMARY KEY NOT NULL,
    login TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    display_name TEXT NOT NULL,
    language TEXT NOT NULL,
    zone TEXT NOT NULL,
    rpps TEXT UNIQUE,
    password_hash TEXT,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE memberships (
    person_id TEXT NOT NULL REFERENCES people (id),
    role TEXT NOT NULL,
    laboratory_id TEXT REFERENCES laboratories (id),
    network_id TEXT REFERENCES networks (id),
    id TEXT PRIMARY KEY NOT NULL
);
CREATE INDEX memberships_person ON memberships (person_id);
CREATE INDEX memberships_network ON memberships (network_id, role);
CREATE INDEX memberships_laboratory ON memberships (laboratory_id, role);

CREATE TABLE expert_profiles (
    person_id TEXT PRIMARY KEY NOT NULL REFERENCES people (id),
    network_id TEXT NOT NULL REFERENCES networks (id),
    primary_subspecialty TEXT NOT NULL,
    other_subspecialties TEXT NOT NULL,
    languages TEXT NOT NULL,
    capacity_per_day INTEGER NOT NULL CHECK (capacity_per_day >= 0),
    weekly_hours TEXT NOT NULL,
    zone TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX expert_profiles_network ON expert_profiles (network_id);

CREATE TABLE absences (
    id TEXT PRIMARY KEY NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX absences_person ON absences (person_id, ends_at);

-- Sessions ----------------------------------------------------------------------------------------------------------------
CREATE TABLE refresh_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    family_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    token_hash TEXT NOT NULL UNIQUE,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    family_started_at BIGINT NOT NULL,
    used_at BIGINT,
    successor_id TEXT,
    revoked_at BIGINT
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE login_failures (
    id TEXT PRIMARY KEY NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX login_failures_subject ON login_failures (subject, at);

-- Cases -------------------------------------------------------------------------------------------------------------------
CREATE TABLE case_numbers (
    year INTEGER PRIMARY KEY NOT NULL,
    last_number BIGINT NOT NULL
);

CREATE TABLE cases (
    id TEXT PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    waiting_for TEXT,
    laboratory_id TEXT NOT NULL REFERENCES laboratories (id),
    network_id TEXT NOT NULL REFERENCES networks (id),
    territory TEXT NOT NULL,
    submitter_id TEXT NOT NULL REFERENCES people (id),
    expert_id TEXT REFERENCES people (id),
    subspecialty TEXT,
    urgency TEXT NOT NULL,
    question TEXT NOT NULL,
    content TEXT NOT NULL,
    initial_status TEXT,
    slide_count INTEGER NOT NULL,
    cycle INTEGER NOT NULL,
    submitted_at BIGINT,
    due_at BIGINT,
    warning_at BIGINT,
    sort_at BIGINT NOT NULL,
    pauses TEXT NOT NULL,
    offer_expires_at BIGINT,
    withdrawal_requested BOOLEAN NOT NULL,
    acknowledgement TEXT,
    contested_reason TEXT,
    outcome TEXT,
    unrouted TEXT,
    signed_at BIGINT,
    updated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
-- The worklists: one index for each way somebody's list is cut, in the order it is shown; partial on the open states, because
-- the open cases are a few thousand among hundreds of thousands.
CREATE INDEX cases_open_network ON cases (network_id, sort_at, id) WHERE state IN ('submitted', 'offered', 'accepted');
CREATE INDEX cases_open_laboratory ON cases (laboratory_id, sort_at, id) WHERE state IN ('submitted', 'offered', 'accepted');
CREATE INDEX cases_open_expert ON cases (expert_id, sort_at, id) WHERE state IN ('submitted', 'offered', 'accepted');
CREATE INDEX cases_network ON cases (network_id, sort_at, id);
CREATE INDEX cases_laboratory ON cases (laboratory_id, sort_at, id);
CREATE INDEX cases_expert ON cases (expert_id, sort_at, id);
CREATE INDEX cases_signed ON cases (network_id, signed_at) WHERE signed_at IS NOT NULL;

-- The only table with patient data: sealed (XChaCha20-Poly1305) under a key that is not in the database.
CREATE TABLE case_patients (
    case_id TEXT PRIMARY KEY NOT NULL REFERENCES cases (id),
    sealed TEXT NOT NULL
);

-- Folded words of reference and question; the accession number as a keyed hash, so that it is found but not read.
CREATE TABLE case_words (
    word TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    PRIMARY KEY (word, case_id)
);
CREATE INDEX case_words_case ON case_words (case_id);

CREATE TABLE specimens (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    site TEXT NOT NULL,
    procedure_kind TEXT NOT NULL
);
CREATE INDEX specimens_case ON specimens (case_id, position);

CREATE TABLE blocks (
    id TEXT PRIMARY KEY NOT NULL,
    specimen_id TEXT NOT NULL REFERENCES specimens (id),
    position INTEGER NOT NULL,
    label TEXT NOT NULL
);
CREATE INDEX blocks_specimen ON blocks (specimen_id, position);

CREATE TABLE slides (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    block_id TEXT NOT NULL REFERENCES blocks (id),
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    stain TEXT NOT NULL
);
CREATE INDEX slides_case ON slides (case_id);
CREATE INDEX slides_block ON slides (block_id, position);

CREATE TABLE slide_links (
    slide_id TEXT PRIMARY KEY NOT NULL REFERENCES slides (id),
    source_id TEXT NOT NULL REFERENCES slide_sources (id),
    location TEXT NOT NULL,
    unreadable_because TEXT,
    checked_at BIGINT,
    failure TEXT,
    facts TEXT
);
CREATE INDEX slide_links_source ON slide_links (source_id);

CREATE TABLE attachments (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    media_type TEXT NOT NULL,
    byte_length BIGINT NOT NULL CHECK (byte_length >= 0),
    sha256 TEXT NOT NULL,
    added_by TEXT NOT NULL REFERENCES people (id),
    added_at BIGINT NOT NULL
);
CREATE INDEX attachments_case ON attachments (case_id, id);

CREATE TABLE assignments (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    network_id TEXT NOT NULL REFERENCES networks (id),
    agreement_id TEXT REFERENCES agreements (id),
    state TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    offered_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT,
    reason TEXT,
    expected_answer_at BIGINT,
    reading_minutes INTEGER NOT NULL,
    explanation TEXT NOT NULL
);
CREATE INDEX assignments_case ON assignments (case_id, id);
-- At most one live assignment a case: the last line of defence against a double claim.
CREATE UNIQUE INDEX assignments_live ON assignments (case_id) WHERE state IN ('offered', 'accepted');
CREATE INDEX assignments_load ON assignments (expert_id) WHERE state IN ('offered', 'accepted');

-- What a pause waits for: information requests, ancillary orders, shipments.
CREATE TABLE case_requests (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    pause TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    opened_by TEXT NOT NULL REFERENCES people (id),
    opened_at BIGINT NOT NULL,
    reply TEXT,
    closed_by TEXT REFERENCES people (id),
    closed_at BIGINT
);
CREATE INDEX case_requests_case ON case_requests (case_id, id);

CREATE TABLE opinion_drafts (
    case_id TEXT NOT NULL REFERENCES cases (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    content TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, expert_id)
);

CREATE TABLE opinions (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    follows_id TEXT REFERENCES opinions (id),
    reason TEXT,
    signer_id TEXT NOT NULL REFERENCES people (id),
    signed_at BIGINT NOT NULL,
    UNIQUE (case_id, version)
);

-- Traces ------------------------------------------------------------------------------------------------------------------
CREATE TABLE case_events (
    id TEXT PRIMARY KEY NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    command TEXT NOT NULL,
    actor_id TEXT REFERENCES people (id),
    relation TEXT NOT NULL,
    state TEXT NOT NULL,
    clock TEXT NOT NULL,
    facts TEXT NOT NULL,
    UNIQUE (case_id, version)
);

CREATE TABLE audit_entries (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    person_id TEXT,
    relation TEXT NOT NULL,
    action TEXT NOT NULL,
    case_id TEXT,
    outcome TEXT NOT NULL,
    request_id TEXT
);
CREATE INDEX audit_entries_case ON audit_entries (case_id, at);
CREATE INDEX audit_entries_person ON audit_entries (person_id, at);

-- The outbox: mails to send and jobs to run, each true in the transaction that wrote it.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY NOT NULL,
    topic TEXT NOT NULL,
    case_id TEXT REFERENCES cases (id),
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX outbox_ready ON outbox (topic, run_at, id) WHERE state IN ('ready', 'leased');
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
CREATE INDEX outbox_case ON outbox (case_id, id) WHERE state IN ('ready', 'leased');

CREATE TABLE idempotency_records (
    person_id TEXT NOT NULL REFERENCES people (id),
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    subject_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, idempotency_key)
);
CREATE INDEX idempotency_records_age ON idempotency_records (created_at);

-- Signed opinions and traces refuse change.
CREATE TRIGGER opinions_no_update BEFORE UPDATE ON opinions
BEGIN
    SELECT RAISE(ABORT, 'opinions is append-only');
END;
CREATE TRIGGER opinions_no_delete BEFORE DELETE ON opinions
BEGIN
    SELECT RAISE(ABORT, 'opinions is append-only');
END;
CREATE TRIGGER case_events_no_update BEFORE UPDATE ON case_events
BEGIN
    SELECT RAISE(ABORT, 'case_events is append-only');
END;
CREATE TRIGGER case_events_no_delete BEFORE DELETE ON case_events
BEGIN
    SELECT RAISE(ABORT, 'case_events is append-only');
END;
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit_entries is append-only');
END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit_entries is append-only');
END;
