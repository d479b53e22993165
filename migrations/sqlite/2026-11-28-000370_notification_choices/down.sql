DROP TABLE summary_items;
DROP TABLE notification_choices;
