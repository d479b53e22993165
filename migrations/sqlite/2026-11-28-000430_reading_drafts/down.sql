DROP TABLE reading_drafts;
