CREATE INDEX users_by_status ON users (pool_id, status, sub);
