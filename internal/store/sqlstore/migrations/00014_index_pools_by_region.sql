CREATE INDEX pools_by_region ON pools (region, id);
