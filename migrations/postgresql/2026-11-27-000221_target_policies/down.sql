DROP TABLE target_policies;
