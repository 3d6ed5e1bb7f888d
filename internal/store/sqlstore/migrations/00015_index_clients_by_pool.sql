CREATE INDEX clients_by_pool ON clients (pool_id, id);
