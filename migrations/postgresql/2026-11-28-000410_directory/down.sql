DROP TRIGGER target_policies_stamp ON target_policies;
DROP TRIGGER choice_policies_stamp ON choice_policies;
DROP TRIGGER agreements_stamp ON agreements;
DROP TRIGGER laboratories_stamp ON laboratories;
