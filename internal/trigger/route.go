package trigger

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"poolhouse.dev/internal/arn"
)

// Target is where functions are.
type Target struct {
	// URL is an absolute http or https address: of the function itself, or of an
	// endpoint of the AWS Lambda API. "" stands for AWS's own endpoint.
	URL string
	// API says that the function is called through the AWS Lambda API.
	API bool
}

// Route leads the ARNs that a pattern matches to a target.
type Route struct {
	Pattern arn.Pattern
	Target  Target
}

// ParseRoute reads `<ARN pattern>=<target>`. A target is the http or https URL of
// one function, `aws` for the AWS Lambda API, or `aws+<URL>` for that API at
// another address. The error says what is wrong with the entry.
func ParseRoute(entry string) (Route, error) {
	pattern, target, err := arn.Cut(entry, "*:function:greet=http://127.0.0.1:9000/2015-03-31/functions/function/invocations")
	if err != nil {
		return Route{}, err
	}
	r := Route{Pattern: pattern}
	if target == "aws" {
		r.Target.API = true
		return r, nil
	}
	r.Target.URL, r.Target.API = strings.CutPrefix(target, "aws+")
	u, err := url.Parse(r.Target.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return Route{}, fmt.Errorf("the target of %q is neither aws nor an http or https URL", pattern)
	}
	return r, nil
}

// Routes is a [Function] that leaves each function to that of the first route
// which matches its ARN.
type Routes []struct {
	Route
	Function Function
}

// Invoke calls the function of the first route that matches.
func (r Routes) Invoke(ctx context.Context, name string, event []byte) (Result, error) {
	for _, x := range r {
		if x.Pattern.Matches(name) {
			return x.Function.Invoke(ctx, name, event)
		}
	}
	return Result{}, &InvokeError{Code: "ResourceNotFoundException: no --lambda setting says where " + name + " is"}
}
