-- Whether a slide was asked about before is looked up while a case is being written.
DROP INDEX slide_links_source;
CREATE INDEX slide_links_place ON slide_links (source_id, location);
