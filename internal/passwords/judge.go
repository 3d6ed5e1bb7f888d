package passwords

import (
	"fmt"

	"poolhouse.dev/internal/breach"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// Config names what a Judge needs.
type Config struct {
	Store store.Reader
	Vault *vault.Vault
	// RefuseCommon refuses the passwords of breach.Common.
	RefuseCommon bool
	// Breached, if not nil, are passwords that are refused, too.
	Breached *breach.File
}

// Judge judges new passwords. It is safe for concurrent use.
type Judge struct{ config Config }

// New returns a Judge.
func New(c Config) *Judge { return &Judge{config: c} }

// Wording is how an operation begins the refusal of a password; the service has three.
type Wording string

// The beginnings.
const (
	AtSignUp     Wording = "Password did not conform with policy: "
	AtInvitation Wording = "Password did not conform with password policy: "
	AtChange     Wording = "Password does not conform to policy: "
)

// Reasons of our own: the service has no such lists.
const (
	tooCommon = "Password is too common"
	breached  = "Password is known from a data breach"
)

// Check judges a new password by the pool's policy and by the server's lists. The
// fault is InvalidPasswordException. A list that cannot be read is an error, and no
// password passes.
func (j *Judge) Check(p *pool.Pool, w Wording, password string) error {
	reason := p.Settings.PasswordPolicy.Check(password)
	if reason == "" && j.config.RefuseCommon && breach.Common().Contains(password) {
		reason = tooCommon
	}
	if reason == "" && j.config.Breached != nil {
		found, err := j.config.Breached.Contains(password)
		if err != nil {
			return fmt.Errorf("judging a new password: %w", err)
		}
		if found {
			reason = breached
		}
	}
	if reason != "" {
		return fault.InvalidPassword(string(w) + reason)
	}
	return nil
}
