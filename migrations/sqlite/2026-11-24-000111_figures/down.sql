DROP INDEX assignments_declined;
