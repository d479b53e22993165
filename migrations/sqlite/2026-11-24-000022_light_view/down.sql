ALTER TABLE slide_views DROP COLUMN light_seconds;
