CREATE INDEX rate_levels_by_expiry ON rate_levels (expires_at, bucket);
