//go:build !linux

package sqlite

func identityOf(path string) (identity, error) { return statIdentity(path) }
