ALTER TABLE slide_views DROP COLUMN finest_nanometres;
ALTER TABLE slide_views DROP COLUMN seconds;
