package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// openVault opens the data keys with the master key. The first start of a store
// makes them; nodes that start together agree on whose were stored first. A
// node with another master key is refused here.
func openVault(ctx context.Context, c config.Config, s store.Store) (*vault.Vault, error) {
	m := &instance.Material{Name: instance.MaterialKeyset}
	if err := s.Read(ctx, m); err != nil {
		return nil, fmt.Errorf("reading the data keys: %w", err)
	}
	key, err := masterKey(c, !m.Stored())
	if err != nil {
		return nil, err
	}
	if !m.Stored() {
		if err := insertKeyset(ctx, s, key, m); err != nil {
			return nil, err
		}
	}
	v, err := vault.Open(ctx, key, m.Value)
	if errors.Is(err, vault.ErrWrongKey) {
		return nil, fmt.Errorf("%s: %w; start this node with the key that the store was made with", keySetting(c), err)
	}
	return v, err
}

// insertKeyset makes the data keys, or reads those of a node that was faster.
func insertKeyset(ctx context.Context, s store.Store, key vault.MasterKey, m *instance.Material) error {
	sealed, err := vault.NewSealedKeyset(ctx, key)
	if err != nil {
		return fmt.Errorf("making the data keys: %w", err)
	}
	m.Value = sealed
	set := store.NewChangeSet()
	set.Insert(m)
	err = s.Commit(ctx, set)
	if _, taken := store.Duplicate(err); taken {
		err = s.Read(ctx, m)
	}
	if err != nil {
		return fmt.Errorf("storing the data keys: %w", err)
	}
	return nil
}

// masterKey returns the configured master key. A key file is made only for a
// new embedded store: a store that has data has a key already, and nodes that
// share a database must be given theirs.
func masterKey(c config.Config, newStore bool) (vault.MasterKey, error) {
	if c.MasterKey.IsSet() {
		key, err := vault.ParseMasterKey(c.MasterKey.Reveal())
		if err != nil {
			return key, fmt.Errorf("POOLHOUSE_MASTER_KEY: %w", err)
		}
		return key, nil
	}
	key, err := vault.LoadKeyFile(c.KeyFile)
	if !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			err = fmt.Errorf("--key-file: %w", err)
		}
		return key, err
	}
	if c.Database.IsSet() {
		return key, fmt.Errorf("--key-file: %s does not exist; with --database every node must be given the same master key, by this file or POOLHOUSE_MASTER_KEY", c.KeyFile)
	}
	if !newStore {
		return key, fmt.Errorf("--key-file: %s does not exist, and the store in %s was made with a master key; put that key there", c.KeyFile, c.Data)
	}
	if key, err = vault.CreateKeyFile(c.KeyFile); err != nil {
		return key, fmt.Errorf("--key-file: %w", err)
	}
	return key, nil
}

func keySetting(c config.Config) string {
	if c.MasterKey.IsSet() {
		return "POOLHOUSE_MASTER_KEY"
	}
	return "--key-file"
}
