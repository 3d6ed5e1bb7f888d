package sigv4

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/fault"
)

// requestTime returns when the client says it signed, from X-Amz-Date or else
// Date, and the lower-case name of the header that says so.
func requestTime(r *http.Request) (time.Time, string, error) {
	name := "X-Amz-Date"
	values := r.Header[name]
	if len(values) == 0 || values[0] == "" {
		name = "Date"
		values = r.Header[name]
	}
	raw := strings.Join(values, ",")
	// The length excludes the fractions of a second that time.Parse lets through.
	if t, err := time.Parse(basicFormat, raw); err == nil && len(raw) == len(basicFormat) {
		return t, strings.ToLower(name), nil
	}
	if t, err := http.ParseTime(raw); err == nil && name == "Date" {
		return t.UTC(), "date", nil
	}
	return time.Time{}, "", badDate(raw)
}

func (v *Verifier) checkWindow(signedAt time.Time) error {
	now := v.now().UTC().Truncate(time.Second) // the precision of the wire
	switch {
	case signedAt.Before(now.Add(-v.skew)):
		return expired(signedAt, now, v.skew)
	case signedAt.After(now.Add(v.skew)):
		return notYetCurrent(signedAt, now, v.skew)
	}
	return nil
}

// checkSigned refuses a request that leaves unsigned what decides its meaning.
func checkSigned(r *http.Request, signed []string, dateHeader string) error {
	switch {
	case !slices.Contains(signed, "host"):
		return errHostUnsigned
	case !slices.Contains(signed, dateHeader):
		return errDateUnsigned
	case len(r.Header["X-Amz-Target"]) > 0 && !slices.Contains(signed, "x-amz-target"):
		return errTargetUnsigned
	}
	return nil
}

// checkScope lists everything that is wrong with the credential's scope.
func (v *Verifier) checkScope(sc scope, stamp string) error {
	var wrong []string
	if !v.acceptsRegion(sc.region) {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped to a valid region, not '%s'.", echo(sc.region)))
	}
	if sc.service != v.service {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped to correct service: '%s'.", v.service))
	}
	if sc.terminator != terminator {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped with a valid terminator: '%s', not '%s'.",
			terminator, echo(sc.terminator)))
	}
	if day := stamp[:len("20060102")]; sc.date != day {
		wrong = append(wrong, fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "+
			"'%s' != '%s', from '%s'.", echo(sc.date), day, stamp))
	}
	if wrong != nil {
		return fault.New(codeInvalid, strings.Join(wrong, " "))
	}
	return nil
}

func (v *Verifier) acceptsRegion(region string) bool {
	if len(v.regions) > 0 {
		return slices.Contains(v.regions, region)
	}
	const most = 32 // the model's bound for a Region's name
	return len(region) <= most && strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// declaredHashHolds reports whether X-Amz-Content-Sha256, if sent, is the
// digest of the body that came. UNSIGNED-PAYLOAD is a digest of nothing.
func declaredHashHolds(r *http.Request, bodyHash string) bool {
	for _, declared := range r.Header["X-Amz-Content-Sha256"] {
		if declared != bodyHash {
			return false
		}
	}
	return true
}
