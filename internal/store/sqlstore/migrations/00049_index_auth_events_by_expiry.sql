CREATE INDEX auth_events_by_expiry ON auth_events (expires_at, pool_id, sub, id);
