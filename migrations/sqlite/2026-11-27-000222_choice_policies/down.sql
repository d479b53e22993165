DROP TABLE choice_policies;
