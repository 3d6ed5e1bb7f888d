CREATE INDEX codes_by_expiry ON codes (expires_at, pool_id, sub, purpose);
