DROP TABLE answered_cycles;
