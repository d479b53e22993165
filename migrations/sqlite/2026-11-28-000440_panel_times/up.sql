-- What is promised of a request: of the opinion, or of a reading on a panel.
ALTER TABLE target_policies ADD COLUMN request TEXT NOT NULL DEFAULT 'opinion';
-- What a panel's readers are given, as it held when it was convened; none of one that was convened before seats had an end.
ALTER TABLE panels ADD COLUMN promise TEXT;
-- Until when a seat is answered, and until when it is read; none of a seat without an end.
ALTER TABLE panel_seats ADD COLUMN answer_by BIGINT;
ALTER TABLE panel_seats ADD COLUMN due_at BIGINT;
-- What the exchange did about a seat whose time runs out: each thing once.
CREATE TABLE panel_seat_steps (
    panel_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    step TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (panel_id, number, step),
    FOREIGN KEY (panel_id, number) REFERENCES panel_seats (panel_id, number)
);
