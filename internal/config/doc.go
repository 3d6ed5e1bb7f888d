// Package config owns every setting of the server: its name, default, sources
// and rules. One typed [Config] comes out, checked as a whole, so that the rest
// of the program never looks at a flag, a variable or a file for itself.
//
// A setting is taken from the first of these that has it: the command line,
// its POOLHOUSE_* variable, the JSON file named by --config, the default.
// Secrets are never flags; they come from variables or from files of their
// own, and their type, [Secret], does not print.
//
// It does not open listeners, databases or keys, and it knows no limits
// category or region by name: the packages that use a setting judge its
// meaning beyond the form.
//
// Start with [Config], then [Serve.Load]; file.go reads the configuration file
// and check.go holds the rules.
package config
