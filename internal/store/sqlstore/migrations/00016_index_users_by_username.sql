CREATE INDEX users_by_username ON users (pool_id, username, sub);
