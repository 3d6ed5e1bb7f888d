CREATE INDEX memberships_by_group ON memberships (pool_id, group_id, sub, group_name);
