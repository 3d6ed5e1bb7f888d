-- What poolhouse asks of Citus, for tests on a machine that has no Citus: the same
-- names, the same refusals as far as they concern the form of a table, and no
-- spreading. It lies where the extension's own objects lie.
SET allow_system_table_mods = on;

INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
	VALUES (60000, 'citus', 10, 'pg_catalog'::regnamespace, false, 'stand-in');

CREATE TABLE pg_catalog.pg_dist_node (
	nodename text NOT NULL, nodeport int NOT NULL, groupid int NOT NULL, noderole text NOT NULL DEFAULT 'primary'
);
INSERT INTO pg_dist_node VALUES ('coordinator', 5432, 0), ('worker', 5432, 1);

CREATE TABLE pg_catalog.pg_dist_colocation (
	colocationid int PRIMARY KEY, shardcount int NOT NULL, replicationfactor int NOT NULL,
	distributioncolumntype oid NOT NULL, distributioncolumncollation oid NOT NULL
);

CREATE TABLE pg_catalog.pg_dist_partition (
	logicalrelid regclass PRIMARY KEY, partmethod "char" NOT NULL, partkey text, colocationid int NOT NULL, repmodel "char" NOT NULL
);

CREATE FUNCTION pg_catalog.citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'Citus, a stand-in for tests' $$;

CREATE FUNCTION pg_catalog.column_to_column_name(table_name regclass, column_var_text text) RETURNS text LANGUAGE sql STRICT
	AS $$ SELECT column_var_text $$;

CREATE VIEW pg_catalog.citus_tables AS
	SELECT logicalrelid AS table_name, CASE partmethod WHEN 'h' THEN 'distributed' ELSE 'reference' END AS citus_table_type,
		COALESCE(partkey, '<none>') AS distribution_column, colocationid AS colocation_id
	FROM pg_dist_partition ORDER BY logicalrelid::text;

-- The distribution column of a row is never changed.
CREATE FUNCTION pg_catalog.refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF to_jsonb(OLD) -> TG_ARGV[0] IS DISTINCT FROM to_jsonb(NEW) -> TG_ARGV[0] THEN
		RAISE EXCEPTION 'modifying the partition value of rows is not allowed' USING ERRCODE = 'feature_not_supported';
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION pg_catalog.create_distributed_table(
	table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	col pg_attribute;
	grp int;
	beside pg_dist_colocation;
BEGIN
	IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
		RAISE EXCEPTION 'table "%" is already distributed', table_name USING ERRCODE = 'invalid_table_definition';
	END IF;
	SELECT * INTO col FROM pg_attribute WHERE attrelid = table_name AND attname = distribution_column AND NOT attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'column "%" of relation "%" does not exist', distribution_column, table_name USING ERRCODE = 'undefined_column';
	END IF;
	IF EXISTS (SELECT FROM pg_index WHERE indrelid = table_name AND indisunique AND NOT col.attnum = ANY (indkey)) THEN
		RAISE EXCEPTION 'cannot create constraint on "%"', table_name USING ERRCODE = 'feature_not_supported',
			DETAIL = 'Unique and primary keys of a distributed table contain its distribution column.';
	END IF;
	IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND table_name IN (conrelid, confrelid)) THEN
		RAISE EXCEPTION 'cannot distribute "%", which has a foreign key', table_name USING ERRCODE = 'feature_not_supported';
	END IF;
	IF colocate_with IN ('default', 'none') THEN
		SELECT COALESCE(MAX(colocationid), 0) + 1 INTO grp FROM pg_dist_colocation;
		INSERT INTO pg_dist_colocation VALUES (
			grp, COALESCE(shard_count, 32), COALESCE(current_setting('citus.shard_replication_factor', true), '1')::int, col.atttypid, col.attcollation
		);
	ELSE
		SELECT c.* INTO beside FROM pg_dist_partition p JOIN pg_dist_colocation c USING (colocationid)
			WHERE p.logicalrelid = colocate_with::regclass AND p.partmethod = 'h';
		IF NOT FOUND THEN
			RAISE EXCEPTION 'relation % is not distributed', colocate_with USING ERRCODE = 'invalid_table_definition';
		END IF;
		IF beside.distributioncolumntype <> col.atttypid OR beside.distributioncolumncollation <> col.attcollation THEN
			RAISE EXCEPTION 'cannot colocate tables % and %', colocate_with, table_name USING ERRCODE = 'invalid_parameter_value',
				DETAIL = 'Distribution column types or collations differ.';
		END IF;
		grp := beside.colocationid;
	END IF;
	INSERT INTO pg_dist_partition VALUES (table_name, 'h', distribution_column, grp, 's');
	EXECUTE format('CREATE TRIGGER stays_in_place BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pg_catalog.refuse_move(%L)', table_name, distribution_column);
END $$;

CREATE FUNCTION pg_catalog.create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
		RAISE EXCEPTION 'table "%" is already distributed', table_name USING ERRCODE = 'invalid_table_definition';
	END IF;
	INSERT INTO pg_dist_partition VALUES (table_name, 'n', NULL, 0, 't');
END $$;

CREATE FUNCTION pg_catalog.undistribute_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM pg_dist_partition WHERE logicalrelid = table_name;
	EXECUTE format('DROP TRIGGER IF EXISTS stays_in_place ON %s', table_name);
END $$;

-- Here the rows stay where they are.
CREATE FUNCTION pg_catalog.truncate_local_data_after_distributing_table(function_table regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = function_table) THEN
		RAISE EXCEPTION 'supplied parameter is not a distributed relation' USING ERRCODE = 'invalid_parameter_value';
	END IF;
END $$;

CREATE FUNCTION pg_catalog.run_command_on_workers(command text) RETURNS TABLE (nodename text, nodeport int, success boolean, result text)
LANGUAGE plpgsql AS $$
BEGIN
	FOR nodename, nodeport IN SELECT n.nodename, n.nodeport FROM pg_dist_node n WHERE groupid <> 0 LOOP
		success := true;
		EXECUTE command INTO result;
		RETURN NEXT;
	END LOOP;
END $$;
