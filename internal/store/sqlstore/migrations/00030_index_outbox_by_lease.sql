CREATE INDEX outbox_by_lease ON outbox (leased_until, pool_id, sub, id);
