DROP TRIGGER networks_stamp ON networks;
DROP TRIGGER expert_profiles_stamp ON expert_profiles;
DROP TRIGGER memberships_stamp ON memberships;
DROP TRIGGER people_stamp ON people;
DROP FUNCTION renew_pool_stamp();
DROP TABLE pool_stamp;
