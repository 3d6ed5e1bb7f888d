package trigger

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
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
	// Pattern is an ARN in which * stands for any characters.
	Pattern string
	Target  Target
}

// ParseRoute reads `<ARN pattern>=<target>`. A target is the http or https URL of
// one function, `aws` for the AWS Lambda API, or `aws+<URL>` for that API at
// another address. The error says what is wrong with the entry.
func ParseRoute(entry string) (Route, error) {
	pattern, target, ok := strings.Cut(entry, "=")
	if !ok || pattern == "" || target == "" {
		return Route{}, fmt.Errorf("%q is not a pattern and a target; write one such as *:function:greet=http://127.0.0.1:9000/2015-03-31/functions/function/invocations", entry)
	}
	if strings.ContainsAny(pattern, `[]?\`) {
		return Route{}, fmt.Errorf("the pattern %q may hold * and the characters of an ARN only", pattern)
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

func (r Route) matches(arn string) bool {
	// An ARN may have slashes, which path.Match would not step over.
	ok, err := path.Match(strings.ReplaceAll(r.Pattern, "/", "|"), strings.ReplaceAll(arn, "/", "|"))
	return err == nil && ok
}

// Routes is a [Function] that leaves each function to that of the first route
// which matches its ARN.
type Routes []struct {
	Route
	Function Function
}

// Invoke calls the function of the first route that matches.
func (r Routes) Invoke(ctx context.Context, arn string, event []byte) (Result, error) {
	for _, x := range r {
		if x.matches(arn) {
			return x.Function.Invoke(ctx, arn, event)
		}
	}
	return Result{}, &InvokeError{Code: "ResourceNotFoundException: no --lambda setting says where " + arn + " is"}
}
