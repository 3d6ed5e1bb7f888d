CREATE INDEX users_by_name ON users (pool_id, s_name, sub) WHERE s_name IS NOT NULL;
