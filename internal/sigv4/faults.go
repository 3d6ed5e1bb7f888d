package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"poolhouse.dev/internal/fault"
)

// Exception names of the answers to a request that is not properly signed.
const (
	codeMissing      = "MissingAuthenticationTokenException"
	codeIncomplete   = "IncompleteSignatureException"
	codeUnrecognized = "UnrecognizedClientException"
	codeInvalid      = "InvalidSignatureException"
)

// Faults without a variable part. They are immutable, so one of each will do.
var (
	errMissing      = fault.New(codeMissing, "Missing Authentication Token")
	errUnrecognized = fault.New(codeUnrecognized, "The security token included in the request is invalid.")
	errMismatch     = fault.New(codeInvalid, "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	errTwoAuthorizations = fault.New(codeIncomplete, "Authorization header must be given exactly once.")
	errHeaderAndQuery    = fault.New(codeInvalid, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	errHostUnsigned      = fault.New(codeInvalid, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	errDateUnsigned      = fault.New(codeInvalid, "'X-Amz-Date' or 'Date' must be a 'SignedHeader' in the AWS Authorization.")
	errTargetUnsigned    = fault.New(codeInvalid, "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.")
)

// incomplete lists the parameters that the Authorization header lacks. The
// header itself may hold a token of another scheme, so only its digest is shown.
func incomplete(missing []string, header string) error {
	message := strings.Join(missing, " ")
	if header != "" {
		message += " (Hashed with SHA-256 and encoded with Base64) Authorization=" + digest(header)
	}
	return fault.New(codeIncomplete, message)
}

func missingParameter(name string) string {
	return "Authorization header requires '" + name + "' parameter."
}

const missingDate = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."

func notAPair(header string) error {
	return fault.Newf(codeIncomplete, "Invalid key=value pair (missing equal-sign) in Authorization header "+
		"(hashed with SHA-256 and encoded with Base64): '%s'.", digest(header))
}

func repeatedParameter(name string) error {
	return fault.Newf(codeIncomplete, "Authorization header must have '%s' parameter exactly once.", name)
}

func badAlgorithm(got string) error {
	return fault.Newf(codeIncomplete, "Unsupported AWS 'algorithm': '%s' (only %s for now). ", echo(got), algorithm)
}

func badCredential(got string) error {
	return fault.Newf(codeIncomplete, "Credential must have exactly 5 slash-delimited elements, "+
		"e.g. keyid/date/region/service/term, got '%s'", echo(got))
}

func badDate(got string) error {
	return fault.Newf(codeIncomplete, "Date must be in ISO-8601 'basic format'. Got '%s'. "+
		"See http://en.wikipedia.org/wiki/ISO_8601", echo(got))
}

func expired(signed, now time.Time, skew time.Duration) error {
	return fault.Newf(codeInvalid, "Signature expired: %s is now earlier than %s (%s - %d min.)",
		signed.Format(basicFormat), now.Add(-skew).Format(basicFormat), now.Format(basicFormat), int(skew.Minutes()))
}

func notYetCurrent(signed, now time.Time, skew time.Duration) error {
	return fault.Newf(codeInvalid, "Signature not yet current: %s is still later than %s (%s + %d min.)",
		signed.Format(basicFormat), now.Add(skew).Format(basicFormat), now.Format(basicFormat), int(skew.Minutes()))
}

// digest stands for a header that must not be repeated in an answer or a log.
func digest(header string) string {
	sum := sha256.Sum256([]byte(header))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// echo makes a part of the request fit to be shown in a message: of bounded
// length and valid UTF-8, as the JSON encoder and the error header require.
func echo(s string) string {
	const most = 128
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}
