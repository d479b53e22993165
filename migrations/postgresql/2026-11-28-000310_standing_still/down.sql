DROP INDEX cases_standing_still;
