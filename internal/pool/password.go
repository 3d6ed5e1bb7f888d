package pool

import (
	"strings"
	"time"
	"unicode/utf16"
)

// PasswordPolicy is what a pool demands of passwords.
type PasswordPolicy struct {
	MinLength        int32 `json:"minLength"`
	RequireUppercase bool  `json:"requireUppercase"`
	RequireLowercase bool  `json:"requireLowercase"`
	RequireNumbers   bool  `json:"requireNumbers"`
	RequireSymbols   bool  `json:"requireSymbols"`
	// TemporaryDays is how long a temporary password can be used, from its
	// making; never 0.
	TemporaryDays int32 `json:"temporaryDays"`
	// HistorySize is nil when it was never set.
	HistorySize *int32 `json:"historySize,omitempty"`
}

// DefaultPasswordPolicy returns the policy of a pool that names none.
func DefaultPasswordPolicy() PasswordPolicy {
	return PasswordPolicy{MinLength: 8, RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true, TemporaryDays: 7}
}

// MaxPasswordLength is the longest password, in UTF-16 units.
const MaxPasswordLength = 256

// passwordSymbols are the characters that count as symbols; the blank is one.
const passwordSymbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "

// Check returns the first rule that the password does not meet, in the
// service's words and order, or "" when it meets all.
func (p *PasswordPolicy) Check(password string) string {
	switch n := len(utf16.Encode([]rune(password))); {
	case n < int(p.MinLength):
		return "Password not long enough"
	case n > MaxPasswordLength:
		return "Password too long"
	case p.RequireUppercase && !strings.ContainsFunc(password, func(r rune) bool { return 'A' <= r && r <= 'Z' }):
		return "Password must have uppercase characters"
	case p.RequireLowercase && !strings.ContainsFunc(password, func(r rune) bool { return 'a' <= r && r <= 'z' }):
		return "Password must have lowercase characters"
	case p.RequireNumbers && !strings.ContainsFunc(password, func(r rune) bool { return '0' <= r && r <= '9' }):
		return "Password must have numeric characters"
	case p.RequireSymbols && !strings.ContainsAny(password, passwordSymbols):
		return "Password must have symbol characters"
	}
	return ""
}

// TemporaryLife returns how long a temporary password can be used.
func (p *PasswordPolicy) TemporaryLife() time.Duration {
	return time.Duration(p.TemporaryDays) * 24 * time.Hour
}
