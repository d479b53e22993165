-- What the other readers of a panel said of a version of its opinion: that they sign it too, or that they dissent. Append-only; what
-- they signed is kept as other signed forms are.
CREATE TABLE panel_positions (
    id TEXT PRIMARY KEY NOT NULL REFERENCES opinion_signatures (opinion_id),
    panel_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    opinion_id TEXT NOT NULL REFERENCES opinions (id),
    stance TEXT NOT NULL,
    reason TEXT,
    signed_at BIGINT NOT NULL,
    UNIQUE (panel_id, seat, opinion_id),
    FOREIGN KEY (panel_id, seat) REFERENCES panel_seats (panel_id, number)
);
CREATE INDEX panel_positions_opinion ON panel_positions (opinion_id, seat);
CREATE TRIGGER panel_positions_no_update BEFORE UPDATE ON panel_positions
BEGIN
    SELECT RAISE(ABORT, 'panel_positions is append-only');
END;
CREATE TRIGGER panel_positions_no_delete BEFORE DELETE ON panel_positions
BEGIN
    SELECT RAISE(ABORT, 'panel_positions is append-only');
END;
