DROP TABLE case_instructions;
