-- How the slide was read in that session, as far as the viewer told: for how long it was in sight, and the nearest look at it,
-- nanometres of the slide in a pixel of the screen. Nothing is told by a viewer without script.
ALTER TABLE slide_views ADD COLUMN seconds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE slide_views ADD COLUMN finest_nanometres BIGINT;
