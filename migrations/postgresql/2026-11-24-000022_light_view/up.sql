-- For how long of the seconds the pictures in sight were not the scanner's own but lighter ones, for a slow line.
ALTER TABLE slide_views ADD COLUMN light_seconds BIGINT NOT NULL DEFAULT 0;
