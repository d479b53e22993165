DROP TABLE duties;
ALTER TABLE networks DROP COLUMN on_call_hours;
