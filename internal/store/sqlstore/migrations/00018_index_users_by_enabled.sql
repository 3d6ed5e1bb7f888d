CREATE INDEX users_by_enabled ON users (pool_id, enabled, sub);
