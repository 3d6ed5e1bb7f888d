package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/keyring"
	"poolhouse.dev/internal/vault"
)

// masterKeyPath is where administrators change the master key, with requests that are
// signed like those of operations. No key ever goes through a request: a node has its
// keys from its own files and variables.
const masterKeyPath = "/_poolhouse/master-key"

// Steps of a change of the master key.
const (
	stepAdd    = "add"
	stepRetire = "retire"
	stepCancel = "cancel"
)

// masterKeys answers with what a change of the master key comes to.
type masterKeys struct {
	config config.Config
	ring   *keyring.Keyring
}

// masterKeyAnswer tells of a step.
type masterKeyAnswer struct {
	// Made is the file of a key that was made for it, "" for none; Present and Next are
	// what names the keys of the node.
	Made    string `json:"made,omitempty"`
	Present string `json:"present"`
	Next    string `json:"next"`
}

func (a masterKeys) call(ctx context.Context, r *http.Request, _ []byte) (any, []slog.Attr, error) {
	step := r.URL.Query().Get("step")
	answer := masterKeyAnswer{Present: a.config.KeyFile, Next: a.config.NextKeyFile}
	if a.config.MasterKey.IsSet() {
		answer.Present = "POOLHOUSE_MASTER_KEY"
	}
	if a.config.NextMasterKey.IsSet() {
		answer.Next = "POOLHOUSE_MASTER_KEY_NEXT"
	}
	var err error
	switch step {
	case stepAdd:
		if answer.Made, err = a.makeNext(); err == nil {
			err = a.ring.AddMaster(ctx)
		}
	case stepRetire:
		err = a.ring.RetireMaster(ctx)
	case stepCancel:
		err = a.ring.CancelMaster(ctx)
	default:
		err = fault.InvalidParameterf("step: want %s, %s or %s, not %q", stepAdd, stepRetire, stepCancel, step)
	}
	return answer, []slog.Attr{slog.String("step", step)}, err
}

// makeNext makes the next master key of an embedded store that has none, and returns its
// file. Nodes that share a database are given theirs.
func (a masterKeys) makeNext() (string, error) {
	_, err := nextKey(a.config)
	if !errors.Is(err, fs.ErrNotExist) || a.config.Database.IsSet() || a.config.NextKeyFile == "" {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // the keyring says what is missing
		}
		return "", err
	}
	_, err = vault.CreateKeyFile(a.config.NextKeyFile)
	return a.config.NextKeyFile, err
}
