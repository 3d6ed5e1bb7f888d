CREATE INDEX auth_events_by_time ON auth_events (pool_id, sub, newest, id);
