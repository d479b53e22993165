DROP TABLE opinion_timestamps;
