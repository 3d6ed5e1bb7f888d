CREATE INDEX users_by_email ON users (pool_id, s_email, sub) WHERE s_email IS NOT NULL;
