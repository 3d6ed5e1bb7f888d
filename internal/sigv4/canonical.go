package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest rebuilds the text whose digest was signed. It reports false
// when no signer can have signed r this way: a signed header that r lacks, a
// list of headers out of order, a query that does not decode.
func canonicalRequest(r *http.Request, body []byte, signedHeaders []string, bodyHash string) (string, bool) {
	query, ok := canonicalQuery(r.URL.RawQuery)
	if !ok {
		return "", false
	}
	var b strings.Builder
	b.WriteString(r.Method)
	b.WriteByte('\n')
	b.WriteString(canonicalPath(r.URL))
	b.WriteByte('\n')
	b.WriteString(query)
	b.WriteByte('\n')
	for _, name := range signedHeaders {
		values, ok := headerValues(r, body, name)
		if !ok {
			return "", false
		}
		b.WriteString(name)
		b.WriteByte(':')
		for i, value := range values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(collapseSpaces(value))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(strings.Join(signedHeaders, ";"))
	b.WriteByte('\n')
	b.WriteString(bodyHash)
	return b.String(), true
}

// splitSignedHeaders reports false unless the names are lower-case, sorted and
// free of repeats, which is the only form a signer writes.
func splitSignedHeaders(list string) ([]string, bool) {
	if list != strings.ToLower(list) {
		return nil, false
	}
	names := strings.Split(list, ";")
	for i, name := range names {
		if name == "" || i > 0 && names[i-1] >= name {
			return nil, false
		}
	}
	return names, true
}

// headerValues returns the values of the header with a lower-case name. Four
// headers are looked up elsewhere because net/http takes them out of r.Header.
func headerValues(r *http.Request, body []byte, name string) ([]string, bool) {
	switch name {
	case "host":
		return []string{r.Host}, r.Host != ""
	case "content-length":
		if r.ContentLength < 0 {
			// A proxy or HTTP/2 dropped the header. The body's digest is signed
			// anyway, so its length stands for what the client declared.
			return []string{strconv.Itoa(len(body))}, true
		}
		return []string{strconv.FormatInt(r.ContentLength, 10)}, true
	case "transfer-encoding":
		return r.TransferEncoding, len(r.TransferEncoding) > 0
	case "trailer":
		return nil, false
	}
	values := r.Header[http.CanonicalHeaderKey(name)]
	return values, len(values) > 0
}

// collapseSpaces trims value and turns every run of spaces into one.
func collapseSpaces(value string) string {
	value = strings.Trim(value, " \t")
	if !strings.Contains(value, "  ") {
		return value
	}
	var b strings.Builder
	b.Grow(len(value))
	for i := range len(value) {
		if value[i] != ' ' || value[i-1] != ' ' { // value[0] is no space
			b.WriteByte(value[i])
		}
	}
	return b.String()
}

// canonicalPath encodes the path as sent once more, as every service but S3 does.
func canonicalPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	return escape(path, "/")
}

// canonicalQuery decodes the query's names and values, encodes them strictly
// and sorts the encoded pairs.
func canonicalQuery(raw string) (string, bool) {
	if raw == "" {
		return "", true
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "", false
	}
	type pair struct{ name, value string }
	var pairs []pair
	for name, all := range values {
		for _, value := range all {
			pairs = append(pairs, pair{escape(name, ""), escape(value, "")})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		b.WriteByte('=')
		b.WriteString(p.value)
	}
	return b.String(), true
}

// escape percent-encodes every byte of s outside RFC 3986's unreserved set and keep.
func escape(s, keep string) string {
	const upperHex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~', strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	return b.String()
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
