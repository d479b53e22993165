DROP TABLE opinion_signatures;
DROP TABLE signing_keys;
DROP TABLE signing_authorities;
