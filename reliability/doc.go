// Package reliability breaks a running poolhouse on purpose, and looks at what
// its callers see and what is stored afterwards: databases that die and fail
// over, nodes that are killed or cut off, disks that fill up, clients that
// misbehave. docs/reliability.md lists every fault with its test.
//
// Each test runs the built program in processes of its own, under a load whose
// writers remember what was acknowledged to them (load_test.go). How often the
// faults come is short by default and long with POOLHOUSE_RELIABILITY=full, which
// `make reliability` sets.
//
// Start with [node] in node_test.go.
package reliability
