CREATE INDEX users_by_given_name ON users (pool_id, s_given_name, sub) WHERE s_given_name IS NOT NULL;
