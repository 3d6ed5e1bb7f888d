package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"
)

// sdkConnection makes the same calls through the AWS SDK for Go, as an application does:
// it writes the input as JSON, signs it where that is due, and reads the answer into its
// output. It costs several times what the servers do, so that what they differ by is a
// smaller part of what an application waits for.
type sdkConnection struct {
	client    *cognito.Client
	transport *http.Transport
	calls     map[*request]*sdkCall
}

// sdkCall is a request as the SDK takes it.
type sdkCall struct {
	do func(ctx context.Context) error
	// stamped ends with the number of the request; nil for none.
	stamped *string
}

func newSDKConnection(addr string) *sdkConnection {
	transport := &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}
	return &sdkConnection{
		client: cognito.New(cognito.Options{
			Region: region, BaseEndpoint: aws.String("http://" + addr), HTTPClient: &http.Client{Transport: transport},
			Credentials: credentials.NewStaticCredentialsProvider(rootID, rootSecret, ""),
			Retryer:     aws.NopRetryer{},
		}),
		transport: transport,
		calls:     make(map[*request]*sdkCall),
	}
}

func (c *sdkConnection) send(r *request) error {
	call, ok := c.calls[r]
	if !ok {
		var err error
		if call, err = c.prepare(r); err != nil {
			return err
		}
		// Requests that are signed by hand are made anew all the time; see netConnection.
		if len(c.calls) > 10*activePerConn {
			clear(c.calls)
		}
		c.calls[r] = call
	}
	if call.stamped != nil {
		name := *call.stamped
		*call.stamped = name[:len(name)-stampLen] + string(r.raw[r.stamp:r.stamp+stampLen])
	}
	err := call.do(context.Background())
	if refused := smithy.APIError(nil); errors.As(err, &refused) {
		return &answerError{refused.ErrorCode(), []byte(err.Error())}
	}
	return err
}

// prepare reads operation and input out of a request.
func (c *sdkConnection) prepare(r *request) (*sdkCall, error) {
	h, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(r.raw)))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(h.Body)
	if err != nil {
		return nil, err
	}
	target := h.Header.Get("X-Amz-Target")
	switch operation := target[strings.LastIndex(target, ".")+1:]; operation {
	case "UpdateUserAttributes":
		in := new(cognito.UpdateUserAttributesInput)
		call, err := callOf(body, in, c.client.UpdateUserAttributes)
		if err == nil {
			call.stamped = in.UserAttributes[0].Value
		}
		return call, err
	case "GetUser":
		return callOf(body, new(cognito.GetUserInput), c.client.GetUser)
	case "InitiateAuth":
		return callOf(body, new(cognito.InitiateAuthInput), c.client.InitiateAuth)
	case "ListUsers":
		return callOf(body, new(cognito.ListUsersInput), c.client.ListUsers)
	default:
		return nil, fmt.Errorf("-client sdk makes no calls of %s", operation)
	}
}

func callOf[I, O any](body []byte, in *I, do func(context.Context, *I, ...func(*cognito.Options)) (*O, error)) (*sdkCall, error) {
	err := json.Unmarshal(body, in)
	return &sdkCall{do: func(ctx context.Context) error {
		_, err := do(ctx, in)
		return err
	}}, err
}

func (c *sdkConnection) close() error {
	c.transport.CloseIdleConnections()
	return nil
}
