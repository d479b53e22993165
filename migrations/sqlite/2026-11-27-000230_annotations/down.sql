DROP TABLE annotation_events;
DROP TABLE annotations;
