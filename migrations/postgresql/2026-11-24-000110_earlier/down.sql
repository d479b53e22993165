DROP INDEX slide_links_place;
CREATE INDEX slide_links_source ON slide_links (source_id);
