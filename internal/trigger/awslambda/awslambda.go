// Package awslambda calls functions through the AWS Lambda API, of AWS or of
// whatever speaks it at another endpoint, with the credentials that AWS's own
// tools would find. It owns the translation of that API's errors; which function
// is called this way is package trigger's to say.
//
// Start with [Functions].
package awslambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"poolhouse.dev/internal/arn"
	"poolhouse.dev/internal/sdkhttp"
	"poolhouse.dev/internal/trigger"
)

// Functions is a [trigger.Function] for every function that an endpoint has.
type Functions struct {
	endpoint string
	client   *http.Client
	load     func() (aws.Config, error)
}

// New returns the functions at an endpoint of the API; "" is AWS's own. The
// client decides which addresses may be connected to. The credentials are looked
// for with the first call, in the usual places and by the SDK's own means.
func New(endpoint string, client *http.Client) *Functions {
	return &Functions{endpoint: endpoint, client: client, load: sync.OnceValues(func() (aws.Config, error) {
		return config.LoadDefaultConfig(context.Background(), config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	})}
}

// Invoke calls the function in the region of its ARN and waits for its answer.
func (f *Functions) Invoke(ctx context.Context, name string, event []byte) (trigger.Result, error) {
	c, err := f.load()
	if err != nil {
		return trigger.Result{}, fmt.Errorf("looking for AWS credentials: %w", err)
	}
	client := lambda.NewFromConfig(c, func(o *lambda.Options) {
		o.HTTPClient = bounded{sdkhttp.Client(f.client)}
		if f.endpoint != "" {
			o.BaseEndpoint = &f.endpoint
		}
		if region := arn.Region(name); region != "" {
			o.Region = region
		}
	})
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: event})
	if err != nil {
		return trigger.Result{}, translate(ctx, err)
	}
	if len(out.Payload) > trigger.MaxAnswer {
		return trigger.Result{}, &trigger.InvokeError{Code: "ResponseSizeTooLargeException"}
	}
	return trigger.Result{Payload: out.Payload, Failed: out.FunctionError != nil}, nil
}

// bounded lets no answer be longer than what a function may return.
type bounded struct{ next aws.HTTPClient }

func (b bounded) Do(r *http.Request) (*http.Response, error) {
	resp, err := b.next.Do(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, trigger.MaxAnswer+1), resp.Body}
	}
	return resp, err
}

// temporary are the errors, below those of 500 and more, that may pass.
var temporary = []string{"TooManyRequestsException", "ResourceNotReadyException", "EC2ThrottledException", "ThrottlingException"}

// translate turns the SDK's error into the one that package trigger knows.
func translate(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	var answered *awshttp.ResponseError
	var named smithy.APIError
	var unsent *smithyhttp.RequestSendError
	switch {
	case errors.As(err, &unsent):
		return &trigger.InvokeError{Code: "ServiceException", Temporary: true}
	case errors.As(err, &named):
		isServer := errors.As(err, &answered) && answered.HTTPStatusCode() >= http.StatusInternalServerError
		return &trigger.InvokeError{Code: named.ErrorCode(), Temporary: !isServer && slices.Contains(temporary, named.ErrorCode())}
	}
	return &trigger.InvokeError{Code: "ServiceException"}
}
