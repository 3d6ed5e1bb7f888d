CREATE INDEX outbox_by_expiry ON outbox (expires_at, pool_id, sub, id);
