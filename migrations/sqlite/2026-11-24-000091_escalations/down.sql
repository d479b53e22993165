DROP TABLE case_escalations;
