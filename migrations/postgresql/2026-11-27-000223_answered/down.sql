DROP INDEX assignments_answered;
