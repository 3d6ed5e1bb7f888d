package envelope

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"poolhouse.dev/internal/arn"
)

// Target is where a key is.
type Target struct {
	// Path is the file of a local key; "" for a key of AWS KMS.
	Path string
	// Endpoint is the address of the AWS KMS API; "" stands for AWS's own.
	Endpoint string
}

// Route leads the ARNs that a pattern matches to a key.
type Route struct {
	Pattern arn.Pattern
	Target  Target
}

// ParseRoute reads `<ARN pattern>=<target>`. A target is `aws` for AWS KMS,
// `aws+<URL>` for its API at another address, or `file:<path>` for a local key.
// The error says what is wrong with the entry.
func ParseRoute(entry string) (Route, error) {
	pattern, target, err := arn.Cut(entry, "'*=file:/etc/poolhouse/codes.key'")
	if err != nil {
		return Route{}, err
	}
	r := Route{Pattern: pattern}
	if path, ok := strings.CutPrefix(target, "file:"); ok && path != "" {
		r.Target.Path = path
		return r, nil
	}
	if target == "aws" {
		return r, nil
	}
	endpoint, ok := strings.CutPrefix(target, "aws+")
	u, err := url.Parse(endpoint)
	if !ok || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return Route{}, fmt.Errorf("the target of %q is neither aws, nor aws+ and an http or https URL, nor file: and a path", pattern)
	}
	r.Target.Endpoint = endpoint
	return r, nil
}

// Keys is a [Key] that leaves each ARN to the first route that matches it.
type Keys []struct {
	Route
	Key Key
}

// NewDataKey implements [Key].
func (k Keys) NewDataKey(ctx context.Context, name string, bound map[string]string) ([]byte, WrappedKey, error) {
	for _, x := range k {
		if x.Pattern.Matches(name) {
			return x.Key.NewDataKey(ctx, name, bound)
		}
	}
	return nil, WrappedKey{}, fmt.Errorf("no --kms setting says where the key %s is", name)
}
