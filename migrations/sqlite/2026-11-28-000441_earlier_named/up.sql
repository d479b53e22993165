-- The earlier case that a coordinator says the case goes on from: its reference. What the submitter names stands in the content.
ALTER TABLE cases ADD COLUMN follows TEXT;
