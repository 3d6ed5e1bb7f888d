package sigv4

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// DefaultSkew is how far a request's date may be from the server's clock,
	// either way, unless Config says otherwise.
	DefaultSkew = 5 * time.Minute

	basicFormat = "20060102T150405Z"
)

// Config holds what a Verifier depends on.
type Config struct {
	// Service is the name in the credential scope, for example "cognito-idp".
	Service string
	// Regions are those that a signature may be scoped to; none means that
	// every well-formed name is accepted.
	Regions []string
	// Secret returns the secret of an access key, and false for a key that is
	// unknown or disabled. It is called once per request that is well formed.
	// An error of its own, of the store for example, is not the client's fault
	// and is returned as it is, wrapped. Nil means that no key is known.
	Secret func(ctx context.Context, accessKeyID string) (secret string, ok bool, err error)
	// Skew is in whole minutes; zero means DefaultSkew.
	Skew time.Duration
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
}

// Identity is who signed a request.
type Identity struct {
	// AccessKeyID is the key that signed.
	AccessKeyID string
	// Region is the one the signature is scoped to.
	Region string
}

// Verifier judges the signatures of incoming requests. It is safe for
// concurrent use.
type Verifier struct {
	service string
	regions []string
	secret  func(context.Context, string) (string, bool, error)
	skew    time.Duration
	now     func() time.Time
	keys    *keyring
	decoy   string
}

// New returns a Verifier that works as cfg says.
func New(cfg Config) *Verifier {
	v := &Verifier{
		service: cfg.Service,
		regions: slices.Clone(cfg.Regions),
		secret:  cfg.Secret,
		skew:    cfg.Skew,
		now:     cfg.Now,
		keys:    newKeyring(cfg.Service),
		decoy:   rand.Text(),
	}
	if v.secret == nil {
		v.secret = func(context.Context, string) (string, bool, error) { return "", false, nil }
	}
	if v.skew == 0 {
		v.skew = DefaultSkew
	}
	if v.now == nil {
		v.now = time.Now
	}
	return v
}

// Verify returns who signed r, whose body, as received, is body; it neither
// reads nor changes r.Body. Any failure of the client's is a *fault.Error:
// MissingAuthenticationTokenException, IncompleteSignatureException,
// InvalidSignatureException or UnrecognizedClientException. The checks run in
// the order the service's siblings show: parameters present, date, signed
// headers, algorithm, scope, access key, signature. A session token is not
// looked at beyond its part in the signature.
func (v *Verifier) Verify(r *http.Request, body []byte) (Identity, error) {
	auth, err := readAuthorization(r)
	if err != nil {
		return Identity{}, err
	}
	signedAt, dateHeader, err := requestTime(r)
	if err != nil {
		return Identity{}, err
	}
	if err := v.checkWindow(signedAt); err != nil {
		return Identity{}, err
	}
	signedHeaders, ok := splitSignedHeaders(auth.signedHeaders)
	if !ok {
		return Identity{}, errMismatch
	}
	if err := checkSigned(r, signedHeaders, dateHeader); err != nil {
		return Identity{}, err
	}
	if auth.algorithm != algorithm {
		return Identity{}, badAlgorithm(auth.algorithm)
	}
	sc, err := parseCredential(auth.credential)
	if err != nil {
		return Identity{}, err
	}
	stamp := signedAt.Format(basicFormat)
	if err := v.checkScope(sc, stamp); err != nil {
		return Identity{}, err
	}
	bodyHash := hexSHA256(body)
	if !declaredHashHolds(r, bodyHash) {
		return Identity{}, errMismatch
	}
	request, ok := canonicalRequest(r, body, signedHeaders, bodyHash)
	if !ok {
		return Identity{}, errMismatch
	}
	toSign := strings.Join([]string{algorithm, stamp, sc.String(), hexSHA256([]byte(request))}, "\n")
	if err := v.checkSignature(r.Context(), sc, toSign, auth.signature); err != nil {
		return Identity{}, err
	}
	return Identity{AccessKeyID: sc.accessKeyID, Region: sc.region}, nil
}

// checkSignature takes the same steps for a key that is not known, with a
// secret nobody has, so that time does not tell which keys exist.
func (v *Verifier) checkSignature(ctx context.Context, sc scope, toSign, signature string) error {
	secret, known, err := v.secret(ctx, sc.accessKeyID)
	if err != nil {
		return fmt.Errorf("looking up access key: %w", err)
	}
	// An empty secret is one that everybody knows.
	known = known && secret != ""
	id := sc.accessKeyID
	if !known {
		id, secret = "", v.decoy
	}
	key := v.keys.signingKey(id, secret, sc.date, sc.region)
	sum := mac(key[:], toSign)
	equal := subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(signature)) == 1
	switch {
	case !known:
		return errUnrecognized
	case !equal:
		return errMismatch
	}
	return nil
}
