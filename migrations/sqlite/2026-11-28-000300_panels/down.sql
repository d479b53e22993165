ALTER TABLE cases DROP COLUMN panel;
DROP TABLE panel_readings;
DROP TABLE panel_seats;
DROP TABLE panels;
