package app

import (
	"fmt"

	"poolhouse.dev/internal/breach"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// newPasswords opens the lists of passwords that the configuration names; release
// closes them.
func (s *Server) newPasswords(st store.Reader, v *vault.Vault) (*passwords.Judge, error) {
	beyond := s.config.Beyond
	if path := beyond.BreachedPasswords; path != "" {
		var err error
		if s.breached, err = breach.OpenHIBP(path); err != nil {
			return nil, fmt.Errorf("--breached-passwords: %w", err)
		}
	}
	return passwords.New(passwords.Config{Store: st, Vault: v, RefuseCommon: beyond.RefuseCommonPasswords, Breached: s.breached}), nil
}

// knownPassword reports whether thieves know a password: it is a common one, or in the
// list of breached ones. A list that cannot be read knows none.
func (s *Server) knownPassword(password string) bool {
	if breach.Common().Contains(password) {
		return true
	}
	if s.breached == nil {
		return false
	}
	found, err := s.breached.Contains(password)
	if err != nil {
		s.logger.Warn("the list of breached passwords cannot be read", "error", err)
	}
	return found
}
