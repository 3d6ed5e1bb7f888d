CREATE INDEX attribute_changes_by_expiry ON attribute_changes (expires_at, pool_id, sub, id);
