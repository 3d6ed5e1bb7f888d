package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// adminArgs are the flags of the commands that call a running server as an
// administrator. The access key comes from the variables that `poolhouse serve` has it
// in, or else from those of AWS's tools.
type adminArgs struct {
	Endpoint string `env:"-" default:"http://127.0.0.1:7665" placeholder:"URL" help:"Address of a running server (${default})."`
	Region   string `env:"-" default:"us-east-1" placeholder:"REGION" help:"Region of the user pool (${default})."`
}

// accessKeyHelp is the paragraph of the help about the access key.
const accessKeyHelp = `The access key is that of POOLHOUSE_ROOT_ACCESS_KEY_ID and POOLHOUSE_ROOT_SECRET_ACCESS_KEY, or else of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`

func accessKey(getenv func(string) string) (aws.Credentials, error) {
	key := aws.Credentials{AccessKeyID: getenv("POOLHOUSE_ROOT_ACCESS_KEY_ID"), SecretAccessKey: getenv("POOLHOUSE_ROOT_SECRET_ACCESS_KEY")}
	if key.AccessKeyID == "" || key.SecretAccessKey == "" {
		key = aws.Credentials{AccessKeyID: getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: getenv("AWS_SESSION_TOKEN")}
	}
	if key.AccessKeyID == "" || key.SecretAccessKey == "" {
		return key, errors.New("no access key; set POOLHOUSE_ROOT_ACCESS_KEY_ID and POOLHOUSE_ROOT_SECRET_ACCESS_KEY")
	}
	return key, nil
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 16 << 20

// call makes a signed request and reads the JSON of its answer into answer.
func (a adminArgs) call(ctx context.Context, key aws.Credentials, method, path string, query url.Values, body []byte, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	resp, err := a.send(ctx, key, method, path, query, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return readAnswer(resp, answer)
}

// send makes a signed request.
func (a adminArgs) send(ctx context.Context, key aws.Credentials, method, path string, query url.Values, body []byte) (*http.Response, error) {
	address := strings.TrimSuffix(a.Endpoint, "/") + path + "?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("--endpoint: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, key, req, hex.EncodeToString(sum[:]), "cognito-idp", a.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("signing the request: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("--endpoint: %w; is the server running there?", err)
	}
	return resp, nil
}

// readAnswer reads the JSON of an answer, or the server's refusal.
func readAnswer(resp *http.Response, answer any) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	var refusal struct {
		Message string `json:"message"`
	}
	switch err := json.Unmarshal(text, &refusal); {
	case err == nil && resp.StatusCode != http.StatusOK && refusal.Message != "":
		return fmt.Errorf("the server refuses: %s", refusal.Message)
	case err != nil, resp.StatusCode != http.StatusOK, json.Unmarshal(text, answer) != nil:
		return fmt.Errorf("the server's answer is not what was asked for (HTTP status %d)", resp.StatusCode)
	}
	return nil
}
