package sigv4

import (
	"net/http"
	"slices"
	"strings"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
)

// authorization is an Authorization header taken apart but not yet judged.
type authorization struct {
	algorithm     string
	credential    string
	signedHeaders string
	signature     string
}

// readAuthorization returns the parameters of r's Authorization header. All
// that is missing, the date included, is listed in one fault.
func readAuthorization(r *http.Request) (authorization, error) {
	header, err := authorizationHeader(r)
	if err != nil {
		return authorization{}, err
	}
	auth, err := parseAuthorization(header)
	if err != nil {
		return authorization{}, err
	}
	var missing []string
	for _, p := range []struct{ name, value string }{
		{"Credential", auth.credential},
		{"Signature", auth.signature},
		{"SignedHeaders", auth.signedHeaders},
	} {
		if p.value == "" {
			missing = append(missing, missingParameter(p.name))
		}
	}
	if r.Header.Get("X-Amz-Date") == "" && r.Header.Get("Date") == "" {
		missing = append(missing, missingDate)
	}
	if missing != nil {
		return authorization{}, incomplete(missing, header)
	}
	return auth, nil
}

// authorizationHeader returns the one Authorization header of r, or "" for a
// presigned URL, which then fails for the parameters it lacks.
func authorizationHeader(r *http.Request) (string, error) {
	presigned := false
	if r.URL.RawQuery != "" {
		query := r.URL.Query()
		presigned = query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature")
	}
	switch headers := r.Header["Authorization"]; {
	case len(headers) > 1:
		return "", errTwoAuthorizations
	case len(headers) == 1 && headers[0] != "" && presigned:
		return "", errHeaderAndQuery
	case len(headers) == 1 && headers[0] != "":
		return headers[0], nil
	case presigned:
		return "", nil
	}
	return "", errMissing
}

// parseAuthorization splits an algorithm and name=value parameters separated
// by commas, blanks or both. Parameters of other names are passed over.
func parseAuthorization(header string) (authorization, error) {
	var auth authorization
	name, rest, _ := strings.Cut(strings.Trim(header, " \t"), " ")
	auth.algorithm = name
	for field := range strings.FieldsFuncSeq(rest, isSeparator) {
		name, value, ok := strings.Cut(field, "=")
		if !ok || name == "" {
			return authorization{}, notAPair(header)
		}
		var into *string
		switch name {
		case "Credential":
			into = &auth.credential
		case "SignedHeaders":
			into = &auth.signedHeaders
		case "Signature":
			into = &auth.signature
		default:
			continue
		}
		if *into != "" {
			return authorization{}, repeatedParameter(name)
		}
		*into = value
	}
	return auth, nil
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == '\t' }

// scope is the Credential parameter: the access key and what its signing key
// was derived for.
type scope struct {
	accessKeyID string
	date        string
	region      string
	service     string
	terminator  string
}

func parseCredential(credential string) (scope, error) {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || slices.Contains(parts, "") {
		return scope{}, badCredential(credential)
	}
	return scope{parts[0], parts[1], parts[2], parts[3], parts[4]}, nil
}

// String returns the scope as it stands in the string to sign.
func (s scope) String() string {
	return s.date + "/" + s.region + "/" + s.service + "/" + s.terminator
}
