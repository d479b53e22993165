-- What a reader of a panel has written so far and not signed, at its own version: it is nobody else's, and a change of it is no change
-- of the case. It stays when the seat is given back or the panel is closed, and goes when the reading is signed.
CREATE TABLE reading_drafts (
    panel_id TEXT NOT NULL REFERENCES panels (id),
    expert_id TEXT NOT NULL REFERENCES people (id),
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (panel_id, expert_id)
);
