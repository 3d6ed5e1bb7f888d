package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"

	"poolhouse.dev/internal/sdkhttp"
)

// sdkConnection makes the same calls through the AWS SDK for Go, as an application does:
// it writes the input as JSON, signs it where that is due, and reads the answer into its
// output. That costs more than twice as much as the bare server's whole answer, so that what
// servers differ by is a smaller part of what an application waits for.
type sdkConnection struct {
	client    *cognito.Client
	transport *http.Transport
}

// sdkCall is a request as the SDK takes it.
type sdkCall struct {
	do func(ctx context.Context, client *cognito.Client) error
	// stamped ends with the number of the request; nil for none.
	stamped *string
}

func newSDKConnection(addr string) *sdkConnection {
	transport := &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}
	return &sdkConnection{
		client: cognito.New(cognito.Options{
			Region: region, BaseEndpoint: aws.String("http://" + addr), HTTPClient: sdkhttp.Client(&http.Client{Transport: transport}),
			Credentials: credentials.NewStaticCredentialsProvider(rootID, rootSecret, ""),
			Retryer:     aws.NopRetryer{},
		}),
		transport: transport,
	}
}

func (c *sdkConnection) send(r *request) error {
	if r.call == nil {
		var err error
		if r.call, err = newSDKCall(r); err != nil {
			return err
		}
	}
	if name := r.call.stamped; name != nil {
		*name = (*name)[:len(*name)-stampLen] + string(r.raw[r.stamp:r.stamp+stampLen])
	}
	err := r.call.do(context.Background(), c.client)
	if refused := smithy.APIError(nil); errors.As(err, &refused) {
		return &answerError{refused.ErrorCode(), []byte(err.Error())}
	}
	return err
}

func newSDKCall(r *request) (*sdkCall, error) {
	switch r.operation {
	case "UpdateUserAttributes":
		in := new(cognito.UpdateUserAttributesInput)
		call, err := callOf(r.body, in, (*cognito.Client).UpdateUserAttributes)
		if err == nil {
			call.stamped = in.UserAttributes[0].Value
		}
		return call, err
	case "GetUser":
		return callOf(r.body, new(cognito.GetUserInput), (*cognito.Client).GetUser)
	case "InitiateAuth":
		return callOf(r.body, new(cognito.InitiateAuthInput), (*cognito.Client).InitiateAuth)
	case "ListUsers":
		return callOf(r.body, new(cognito.ListUsersInput), (*cognito.Client).ListUsers)
	default:
		return nil, fmt.Errorf("-client sdk makes no calls of %s", r.operation)
	}
}

func callOf[I, O any](body []byte, in *I, do func(*cognito.Client, context.Context, *I, ...func(*cognito.Options)) (*O, error)) (*sdkCall, error) {
	if err := json.Unmarshal(body, in); err != nil {
		return nil, err
	}
	return &sdkCall{do: func(ctx context.Context, client *cognito.Client) error {
		_, err := do(client, ctx, in)
		return err
	}}, nil
}

func (c *sdkConnection) close() error {
	c.transport.CloseIdleConnections()
	return nil
}
