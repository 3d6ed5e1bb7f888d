package userimport

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/foreignhash"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// Line is one user as a line tells of them. Members that are not listed are refused:
// a misspelt one would be lost without a word.
type Line struct {
	// Username is the user name or, in pools whose users are named by one, the e-mail
	// address or phone number.
	Username string `json:"username"`
	// Sub is that of a user who had one elsewhere; "" makes a new one.
	Sub string `json:"sub"`
	// Attributes may have the sub in them, as the lists of Cognito do.
	Attributes map[string]string `json:"attributes"`
	// PasswordHash is in a form of foreignhash.Parse; "" is a user without a password.
	PasswordHash string `json:"passwordHash"`
	// Status is CONFIRMED for a user with a password, and else RESET_REQUIRED, unless
	// it is set.
	Status user.Status `json:"status"`
	// Enabled is true unless it is set.
	Enabled *bool `json:"enabled"`
	// Groups are names of groups that the pool has.
	Groups []string `json:"groups"`
}

// newcomer is a line that says who is to be made.
type newcomer struct {
	// name is the one that the line gives.
	name   string
	draft  *user.Draft
	hash   *foreignhash.Hash
	groups []string
}

var subForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// read decides who a line is about. The error is why the line is refused, for the
// administrator, and holds nothing of a hash.
func read(p *pool.Pool, text []byte, now time.Time) (*newcomer, error) {
	var l Line
	if err := json.Unmarshal(text, &l, json.RejectUnknownMembers(true)); err != nil {
		return nil, errors.New("not the JSON object of a user: " + formReason(err))
	}
	n := user.Newcomer{Name: l.Username, Status: l.Status, Disabled: l.Enabled != nil && !*l.Enabled}
	made := &newcomer{name: l.Username, groups: slices.Compact(slices.Sorted(slices.Values(l.Groups)))}
	if len(made.groups) > user.MaxMemberships {
		return nil, fmt.Errorf("groups: %d are more than the %d that a user may be in", len(made.groups), user.MaxMemberships)
	}
	var err error
	if n.Sub, err = subOf(l); err != nil {
		return nil, err
	}
	if l.PasswordHash != "" {
		hash, err := foreignhash.Parse(l.PasswordHash)
		if err != nil {
			return nil, fmt.Errorf("passwordHash: %w", err)
		}
		made.hash = &hash
	}
	if n.Status == "" {
		n.Status = user.ResetRequired
		if made.hash != nil {
			n.Status = user.Confirmed
		}
	}
	for name, value := range l.Attributes {
		if name != pool.AttrSub {
			n.Attributes = append(n.Attributes, user.Attribute{Name: name, Value: value})
		}
	}
	n.Attributes = n.Attributes.Sorted()
	if err := checkForm(p, n); err != nil {
		return nil, err
	}
	if made.draft, err = user.DecideImport(p, n, now); err != nil {
		return nil, plain(err)
	}
	return made, nil
}

// formReason says in plain words what is wrong with the JSON of a line.
func formReason(err error) string {
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return strings.TrimPrefix(err.Error(), "jsontext: ")
	}
	where := strings.TrimPrefix(string(wrong.JSONPointer), "/")
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return fmt.Sprintf("it has the unknown member %q", where)
	case where == "":
		return "it is no object"
	}
	return "what is at " + where + " is of another type"
}

// subOf returns the sub that the line gives, or a new one.
func subOf(l Line) (user.Sub, error) {
	sub := l.Sub
	if given := l.Attributes[pool.AttrSub]; given != "" {
		if sub != "" && sub != given {
			return "", errors.New("sub: not the one among the attributes")
		}
		sub = given
	}
	switch {
	case sub == "":
		return user.Sub(vault.NewSub()), nil
	case !subForm.MatchString(sub):
		return "", errors.New("sub: not a UUID in lower case")
	}
	return user.Sub(sub), nil
}

// checkForm judges the form of name and attributes as AdminCreateUser does.
func checkForm(p *pool.Pool, n user.Newcomer) error {
	in := wire.AdminCreateUserRequest{UserPoolId: wire.Ptr(string(p.ID)), Username: &n.Name}
	for i := range n.Attributes {
		in.UserAttributes = append(in.UserAttributes, wire.AttributeType{Name: &n.Attributes[i].Name, Value: &n.Attributes[i].Value})
	}
	return in.Check()
}

// plain returns the text of a fault without its exception, in one line.
func plain(err error) error {
	if f := fault.As(err); f != nil {
		return errors.New(strings.ReplaceAll(strings.TrimSpace(f.Message), "\n", "; "))
	}
	return err
}
