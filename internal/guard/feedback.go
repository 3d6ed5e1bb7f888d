package guard

import (
	"net/url"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// FeedbackPath is where the links of notices lead, with the pool's id, what is said of
// the event and a token in their query.
const (
	FeedbackPath = "/authEventFeedback/"

	LinkPool  = "user_pool_id"
	LinkValue = "feedback_value"
	LinkToken = "feedback_token"
)

// FeedbackLife is how long a token is good for.
const FeedbackLife = 7 * 24 * time.Hour

const feedbackKind = "auth-event-feedback"

// Feedback is what a token gives the right to say.
type Feedback struct {
	PoolID  pool.ID  `json:"p"`
	Sub     user.Sub `json:"s"`
	EventID string   `json:"e"`
	// Value is one of the user's Feedback values, or "" for either.
	Value     string    `json:"v,omitempty"`
	ExpiresAt time.Time `json:"x"`
}

// Token seals what it gives the right to say.
func (f Feedback) Token(v *vault.Vault) (string, error) { return v.SealToken(feedbackKind, f) }

// OpenFeedback reads a token. It reports false for a text that is none, one that has
// run out, and one that does not give the right to say value of an event in the pool.
func OpenFeedback(v *vault.Vault, text string, id pool.ID, value string, now time.Time) (Feedback, bool) {
	var f Feedback
	if err := v.OpenToken(feedbackKind, text, &f); err != nil {
		return Feedback{}, false
	}
	return f, f.PoolID == id && (f.Value == "" || f.Value == value) && now.Before(f.ExpiresAt)
}

// link is where somebody says value of the event.
func (g *Guard) link(f Feedback, value string) (string, error) {
	f.Value = value
	token, err := f.Token(g.Vault)
	if err != nil {
		return "", err
	}
	q := url.Values{LinkPool: {string(f.PoolID)}, LinkValue: {value}, LinkToken: {token}}
	return g.PublicURL + FeedbackPath + "?" + q.Encode(), nil
}
