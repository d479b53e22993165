DROP TABLE slide_views;
