package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// rootKeyFile is where the first start leaves the root access key that it made,
// in the data folder, readable by its owner only.
const rootKeyFile = "root-access-key.json"

// accessKeys finds the secrets of access keys. The root key is either the
// configured one, which then is the only one, or the one that the first start
// made and sealed into the store.
type accessKeys struct {
	store store.Reader
	vault *vault.Vault
	root  config.Root
}

// secret returns the secret of an access key; false for a key that is not known.
func (k *accessKeys) secret(ctx context.Context, id string) (string, bool, error) {
	if k.root.AccessKeyID != "" {
		return k.root.SecretAccessKey.Reveal(), id == k.root.AccessKeyID, nil
	}
	row := &instance.AccessKey{ID: id}
	if err := k.store.Read(ctx, row); err != nil || !row.Stored() {
		return "", false, err
	}
	secret, err := k.vault.Open(directory.PlaceOf(row, "secret"), row.SealedSecret)
	if err != nil {
		return "", false, fmt.Errorf("opening the secret of an access key: %w", err)
	}
	return string(secret), true, nil
}

// ensureRootKey makes a root access key at the first start of a store, unless
// one is configured. The new key is written to a draft file first, then stored,
// and then the file gets its name, so that a crash in between loses nothing: the
// next start finds the draft of the key that was stored. A node that finds
// another node's key stored removes its own draft. The new key is shown on
// terminal, if there is one.
func ensureRootKey(ctx context.Context, c config.Config, s store.Store, v *vault.Vault, terminal io.Writer, now time.Time) (*accessKeys, error) {
	keys := &accessKeys{store: s, vault: v, root: c.Root}
	if c.Root.AccessKeyID != "" {
		return keys, nil
	}
	m := &instance.Material{Name: instance.MaterialRootKey}
	if err := s.Read(ctx, m); err != nil {
		return nil, fmt.Errorf("reading the root access key: %w", err)
	}
	path := filepath.Join(c.Data, rootKeyFile)
	if m.Stored() {
		return keys, publishRootKey(draftOf(path, string(m.Value)), path)
	}
	id, secret := "PH"+vault.NewAccessKeySuffix(), vault.NewClientSecret()
	draft := draftOf(path, id)
	if err := writeRootKey(draft, id, secret); err != nil {
		return nil, err
	}
	key := &instance.AccessKey{ID: id, CreatedAt: now}
	sealed, err := v.Seal(directory.PlaceOf(key, "secret"), []byte(secret))
	if err != nil {
		return nil, fmt.Errorf("sealing the root access key: %w", err)
	}
	key.SealedSecret = sealed
	m.Value = []byte(id)
	set := store.NewChangeSet()
	set.Insert(m, key)
	err = s.Commit(ctx, set)
	if _, taken := store.Duplicate(err); taken {
		return keys, os.Remove(draft)
	}
	if err != nil {
		return nil, fmt.Errorf("storing the root access key: %w", err)
	}
	if terminal != nil {
		fmt.Fprintf(terminal, "\nRoot access key (kept in %s):\n  AWS_ACCESS_KEY_ID=%s\n  AWS_SECRET_ACCESS_KEY=%s\n\n", path, id, secret)
	}
	return keys, publishRootKey(draft, path)
}

func draftOf(path, id string) string { return path + "." + id }

// publishRootKey gives the draft of the stored key its name; without a draft
// there is nothing to do.
func publishRootKey(draft, path string) error {
	if err := os.Rename(draft, path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("--data: %w", err)
	}
	return nil
}

// writeRootKey writes a new root access key to a file that only its owner may
// read.
func writeRootKey(path, id, secret string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	text, err := json.MarshalIndent(map[string]string{"accessKeyId": id, "secretAccessKey": secret}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("--data: writing the root access key: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}
