CREATE INDEX attempts_by_expiry ON attempts (expires_at, pool_id, sub, kind);
