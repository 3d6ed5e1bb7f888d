// Package awsapi is what the drivers that deliver through Amazon's APIs share:
// how they find credentials and endpoints, and what an answer of such an API
// means for a message. What is asked of which API is the drivers' own.
//
// Start with [Access] and [Judge].
package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/sdkhttp"
)

// Access is the way to Amazon's APIs. It is safe for concurrent use.
type Access struct {
	endpoint string
	client   *http.Client
	load     func() (aws.Config, error)
}

// New returns the access at an endpoint of all services; "" is AWS's own. The
// client decides which addresses may be connected to and bounds a call. The
// credentials are looked for with the first call, where AWS's own tools look and
// by the SDK's own means.
func New(endpoint string, client *http.Client) *Access {
	return &Access{endpoint: endpoint, client: client, load: sync.OnceValues(func() (aws.Config, error) {
		// The outbox is what tries again.
		return config.LoadDefaultConfig(context.Background(), config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	})}
}

// Config returns the configuration for clients of services in a region.
func (a *Access) Config(region string) (aws.Config, error) {
	c, err := a.load()
	if err != nil {
		return c, fmt.Errorf("looking for AWS credentials: %w", err)
	}
	c.Region = cmp.Or(region, c.Region)
	c.HTTPClient = sdkhttp.Client(a.client)
	if a.endpoint != "" {
		c.BaseEndpoint = &a.endpoint
	}
	return c, nil
}

var (
	// denials say that the caller may not do this.
	denials = []string{"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "KMSAccessDenied", "NotAuthorized"}
	// passing are the 4xx answers that may pass, or that tell of the server's own
	// credentials and nothing of the message.
	passing = []string{
		"Throttled", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException",
		"KMSThrottling", "KMSThrottlingException", "ConcurrentAccess",
		"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException",
		"IncompleteSignature", "MissingAuthenticationToken", "RequestExpired", "OptInRequired", "RegionDisabledException", "InvalidAccessKeyId",
	}
)

// Judge turns the outcome of a call into an error of a driver: a *[notify.Refused]
// of the cause denied where the caller may not do it, one of CauseMessage for
// every other refusal of the request, and a temporary error for the rest:
// throttling, credentials that are not good, an API in trouble, no answer. API
// texts often name the recipient, so only codes are kept.
func Judge(api string, err error, denied notify.Cause) error {
	if err == nil {
		return nil
	}
	var named smithy.APIError
	var answered *awshttp.ResponseError
	if !errors.As(err, &named) || !errors.As(err, &answered) {
		return unanswered(api, err)
	}
	status, code := answered.HTTPStatusCode(), named.ErrorCode()
	switch {
	case slices.Contains(denials, code):
		return &notify.Refused{Reason: fmt.Sprintf("%s answered %s", api, code), Cause: denied}
	case status < 400 || status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || slices.Contains(passing, code):
		return fmt.Errorf("%s answered %d %s", api, status, code)
	}
	return &notify.Refused{Reason: fmt.Sprintf("%s answered %s", api, code)}
}

// unanswered is the error of a call that got no answer of the API's. Of the SDK's
// text only the innermost part is kept, which tells of the connection or of the
// search for credentials.
func unanswered(api string, err error) error {
	for _, known := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s did not answer: %w", api, known)
		}
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Errorf("%s could not be asked: %w", api, err)
}
