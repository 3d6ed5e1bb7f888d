package main

import "poolhouse.dev/internal/config"

// schemaArgs are the commands of `poolhouse schema`.
type schemaArgs struct {
	Print      schemaPrintArgs      `cmd:"" help:"Print the statements that make the schema of the database, for an administrator who applies them by hand."`
	Distribute schemaDistributeArgs `cmd:"" help:"Let a database that runs Citus spread the tables over its machines."`
}

// schemaPrintArgs are the flags of `poolhouse schema print`.
type schemaPrintArgs struct {
	Dialect string `env:"-" default:"postgres" enum:"postgres,distributed,sqlite" placeholder:"NAME" help:"Database to print for: postgres, distributed (several machines that speak its protocol) or sqlite (${default})."`
	After   int    `env:"-" default:"0" placeholder:"NUMBER" help:"Print only the migrations after this one, for a database that has it already. All unless set."`
	JSON    bool   `name:"json" env:"-" help:"Print JSON instead of SQL."`
}

// Help returns the paragraph that `poolhouse schema print --help` adds.
func (schemaPrintArgs) Help() string {
	return `A server makes its schema by itself, and changes it when a newer release is started. Where its role in the database may not do that, apply what this prints before the start, as the owner of the database:

  poolhouse schema print | psql --single-transaction --set ON_ERROR_STOP=1 --dbname NAME

Every migration is recorded in the table schema_versions; SELECT MAX(version_id) FROM schema_versions tells the number for --after when the next release comes.`
}

// schemaDistributeArgs are the flags of `poolhouse schema distribute`.
type schemaDistributeArgs struct {
	Engine   string             `env:"-" required:"" enum:"citus" placeholder:"NAME" help:"What spreads the tables: citus."`
	Database config.DatabaseURL `env:"POOLHOUSE_DATABASE" required:"" placeholder:"URL" help:"Database on the coordinator, as of poolhouse serve. Prefer the variable, since other users of the machine can see a command line."`
}

// Help returns the paragraph that `poolhouse schema distribute --help` adds.
func (schemaDistributeArgs) Help() string {
	return `Brings the schema up to date and calls Citus's create_distributed_table for every table that is not distributed yet, with the column that the table is looked up by: what belongs to one user lies on one machine. Run it before the first server, and with each new release before its servers. It may be run again at any time.`
}
