DROP TABLE panel_seat_steps;
ALTER TABLE panel_seats DROP COLUMN due_at;
ALTER TABLE panel_seats DROP COLUMN answer_by;
ALTER TABLE panels DROP COLUMN promise;
ALTER TABLE target_policies DROP COLUMN request;
