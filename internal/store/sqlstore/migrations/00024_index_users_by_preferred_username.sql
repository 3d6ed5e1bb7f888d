CREATE INDEX users_by_preferred_username ON users (pool_id, s_preferred_username, sub) WHERE s_preferred_username IS NOT NULL;
