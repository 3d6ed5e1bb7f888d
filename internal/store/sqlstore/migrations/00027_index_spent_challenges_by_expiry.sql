CREATE INDEX spent_challenges_by_expiry ON spent_challenges (expires_at, pool_id, sub, id);
