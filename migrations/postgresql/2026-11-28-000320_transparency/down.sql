DROP TABLE transparency_salts;
DROP TABLE transparency_tiles;
DROP TABLE transparency_entries;
DROP TABLE transparency_log;
