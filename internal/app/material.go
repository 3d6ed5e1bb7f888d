package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/keyring"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// openVault opens the data keys with the master key. The first start of a store
// makes them; nodes that start together agree on whose were stored first. A
// node with another master key is refused here.
func openVault(ctx context.Context, c config.Config, s store.Store, now func() time.Time) (*keyring.Keyring, *vault.Vault, error) {
	m := &instance.Material{Name: instance.MaterialKeyset}
	if err := s.Read(ctx, m); err != nil {
		return nil, nil, fmt.Errorf("reading the data keys: %w", err)
	}
	if !m.Stored() {
		if err := insertKeyset(ctx, c, s, m); err != nil {
			return nil, nil, err
		}
	}
	ring, v, err := keyring.Open(ctx, keyring.Deps{Store: s, Masters: func() ([]keyring.Master, error) { return masters(c) }, Now: now})
	if errors.Is(err, vault.ErrWrongKey) {
		return nil, nil, fmt.Errorf("%w; start this node with the key that the store was made with, or the one that took its place", err)
	}
	return ring, v, err
}

// insertKeyset makes the data keys, or reads those of a node that was faster.
func insertKeyset(ctx context.Context, c config.Config, s store.Store, m *instance.Material) error {
	key, err := firstKey(c)
	if err != nil {
		return err
	}
	sealed, err := vault.NewSealedKeyset(ctx, key)
	if err != nil {
		return fmt.Errorf("making the data keys: %w", err)
	}
	m.Value = sealed
	set := store.NewChangeSet()
	set.Insert(m)
	err = s.Commit(ctx, set)
	if _, taken := store.Duplicate(err); taken {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("storing the data keys: %w", err)
	}
	return nil
}

// firstKey returns the master key that a new store is made with. A key file is made only
// for an embedded one: nodes that share a database must be given theirs.
func firstKey(c config.Config) (vault.MasterKey, error) {
	key, err := presentKey(c)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if c.Database.IsSet() {
		return key, missingKey(c)
	}
	if key, err = vault.CreateKeyFile(c.KeyFile); err != nil {
		return key, fmt.Errorf("--key-file: %w", err)
	}
	return key, nil
}

// presentKey returns the configured master key. Where there is no file, fs.ErrNotExist
// is in the error's chain.
func presentKey(c config.Config) (vault.MasterKey, error) {
	if c.MasterKey.IsSet() {
		return named("POOLHOUSE_MASTER_KEY")(vault.ParseMasterKey(c.MasterKey.Reveal()))
	}
	return named("--key-file")(vault.LoadKeyFile(c.KeyFile))
}

// nextKey returns the master key that is to take the place of the present one. Where
// there is none, fs.ErrNotExist is in the error's chain.
func nextKey(c config.Config) (vault.MasterKey, error) {
	switch {
	case c.NextMasterKey.IsSet():
		return named("POOLHOUSE_MASTER_KEY_NEXT")(vault.ParseMasterKey(c.NextMasterKey.Reveal()))
	case c.NextKeyFile != "":
		return named("--next-key-file")(vault.LoadKeyFile(c.NextKeyFile))
	}
	return vault.MasterKey{}, fs.ErrNotExist
}

// named puts a setting before an error about its key.
func named(setting string) func(vault.MasterKey, error) (vault.MasterKey, error) {
	return func(key vault.MasterKey, err error) (vault.MasterKey, error) {
		if err != nil {
			err = fmt.Errorf("%s: %w", setting, err)
		}
		return key, err
	}
}

// masters returns the master keys of this node, as its files are now.
func masters(c config.Config) ([]keyring.Master, error) {
	var list []keyring.Master
	key, err := presentKey(c)
	switch {
	case err == nil:
		list = append(list, keyring.Master{KEK: key, Setting: keySetting(c)})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	key, err = nextKey(c)
	switch {
	case err == nil:
		setting := "--next-key-file"
		if c.NextMasterKey.IsSet() {
			setting = "POOLHOUSE_MASTER_KEY_NEXT"
		}
		list = append(list, keyring.Master{KEK: key, Setting: setting, Next: true})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if len(list) == 0 {
		return nil, missingKey(c)
	}
	return list, nil
}

// missingKey says that there is no key file, and what to do.
func missingKey(c config.Config) error {
	if c.Database.IsSet() {
		return fmt.Errorf("--key-file: %s does not exist; with --database every node must be given the same master key, by this file or POOLHOUSE_MASTER_KEY", c.KeyFile)
	}
	return fmt.Errorf("--key-file: %s does not exist, and the store in %s was made with a master key; put that key there", c.KeyFile, c.Data)
}

func keySetting(c config.Config) string {
	if c.MasterKey.IsSet() {
		return "POOLHOUSE_MASTER_KEY"
	}
	return "--key-file"
}
