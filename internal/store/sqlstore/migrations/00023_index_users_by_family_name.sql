CREATE INDEX users_by_family_name ON users (pool_id, s_family_name, sub) WHERE s_family_name IS NOT NULL;
