DROP TABLE case_notices;
