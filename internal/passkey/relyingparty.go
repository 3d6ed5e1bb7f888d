package passkey

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// How much an authenticator has to know of the person who uses it.
const (
	// Required asks for a PIN, a finger or a face, and refuses without.
	Required = "required"
	// Preferred asks for them and takes an answer without.
	Preferred = "preferred"
)

// RelyingParty is the site that passkeys belong to.
type RelyingParty struct {
	// ID is a domain name without port, in lower case, such as "example.com" or
	// "localhost". Passkeys work for it and its subdomains.
	ID string
	// Origins are the origins that may use the passkeys, such as
	// "https://app.example.com" or "android:apk-key-hash:…". When there is none,
	// every https origin may whose host is ID or a subdomain of it; for the ID
	// "localhost" also http://localhost. Any port is fine then.
	Origins []string
	// UserVerification is [Required] or [Preferred]; empty stands for the latter.
	UserVerification string
}

// Person is who a passkey is for.
type Person struct {
	// Handle is what authenticators remember the person by, 1 to 64 bytes that
	// never change and say nothing of the person.
	Handle []byte
	// Name and DisplayName are what authenticators show.
	Name, DisplayName string
}

// userVerification is the setting as it is sent.
func (rp RelyingParty) userVerification() (string, error) {
	switch rp.UserVerification {
	case "", Preferred:
		return Preferred, nil
	case Required:
		return Required, nil
	}
	return "", fmt.Errorf("user verification %q is neither required nor preferred", rp.UserVerification)
}

// allows reports whether a page or an app of this origin may use the passkeys.
func (rp RelyingParty) allows(origin string) bool {
	if len(rp.Origins) > 0 {
		return protocol.IsOriginInHaystack(origin, rp.Origins)
	}
	u, err := url.Parse(origin)
	// Whatever an origin does not have, such as a path or a user, is refused.
	if err != nil || u.Scheme+"://"+u.Host != origin {
		return false
	}
	host := u.Hostname()
	switch u.Scheme {
	case "https":
		return rp.ID != "" && (host == rp.ID || strings.HasSuffix(host, "."+rp.ID))
	case "http":
		return rp.ID == "localhost" && host == "localhost"
	}
	return false
}

// library is go-webauthn with this relying party's settings, for an answer that
// comes from origin when there is one already.
func (rp RelyingParty) library(origin string) (*webauthn.WebAuthn, error) {
	if origin == "" {
		// Not used before there is an answer, but the library wants to see one.
		origin = "https://" + rp.ID
	}
	required := true
	return webauthn.New(&webauthn.Config{
		RPID:                  rp.ID,
		RPDisplayName:         rp.ID,
		RPOrigins:             []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required,
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.UserVerificationRequirement(rp.UserVerification),
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: timeout},
			Registration: webauthn.TimeoutConfig{Timeout: timeout},
		},
		// Nobody's attestation is enforced, so keys in software are as good.
		Attestation: protocol.AttestationPolicy{
			AndroidKey: protocol.AndroidKeyPolicy{AuthorizationScope: protocol.AndroidKeyAuthorizationScopeUnion},
		},
		// Password managers report extensions that nobody asked for.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

// account is a person as the library wants to see one.
type account struct {
	person      Person
	credentials []webauthn.Credential
}

func (a account) WebAuthnID() []byte                         { return a.person.Handle }
func (a account) WebAuthnName() string                       { return a.person.Name }
func (a account) WebAuthnDisplayName() string                { return a.person.DisplayName }
func (a account) WebAuthnCredentials() []webauthn.Credential { return a.credentials }
