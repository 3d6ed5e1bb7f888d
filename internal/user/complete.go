package user

import (
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// MissingRequired returns the required attributes that the user lacks.
func MissingRequired(p *pool.Pool, u *User) []string {
	var missing []string
	for _, name := range p.Settings.Schema.Required() {
		if !u.Attributes.Has(name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// DecideCompletion decides the answer to the demand for a new password: the
// user is confirmed with the new verifier, and has every required attribute.
// What is required and has a value, and an e-mail address or phone number that
// is there already, cannot be changed on this way, which proves nothing.
func DecideCompletion(p *pool.Pool, c *pool.Client, u *User, changes Attributes, verifier []byte, now time.Time) (*Update, error) {
	changes = lastOfEach(changes)
	for _, x := range changes {
		a, ok := p.Settings.Schema.Find(x.Name)
		if ok && u.Attributes.Has(x.Name) && (a.Required || pool.VerifiedFlag(x.Name) != "") {
			return nil, fault.NotAuthorizedf("Cannot modify an already provided %s", x.Name)
		}
	}
	for _, name := range MissingRequired(p, u) {
		if changes.Get(name) == "" {
			return nil, fault.InvalidParameterf("Invalid attributes given, %s is missing", name)
		}
	}
	d, err := DecideUpdate(p, Writer{Client: c, Completing: true}, u, changes, now)
	if err != nil {
		return nil, err
	}
	d.User.Status = Confirmed
	d.User.Verifier = verifier
	d.User.PasswordSetAt = now
	d.Released, d.Taken = DiffClaims(p, u, d.User)
	return d, nil
}
