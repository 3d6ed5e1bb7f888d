package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The access key of the servers under test, and the region of signatures.
const (
	rootID     = "bench"
	rootSecret = "a-secret-for-the-benchmark-alone"
	region     = "us-east-1"
)

// stampLen is the width of the number that a request's body counts up, so that
// every update changes something.
const stampLen = 10

// stampMark is where the number goes.
const stampMark = "##########"

// request is an HTTP request as bytes. One connection at a time sends it.
type request struct {
	operation string
	raw       []byte
	// body is the end of raw.
	body []byte
	// stamp is the place of the number in raw; -1 for none.
	stamp int

	// What the drivers other than the lean one make of it, when they first send it.
	parsed *http.Request
	call   *sdkCall
}

// newRequest returns an unsigned call of an operation.
func newRequest(operation, body string) *request {
	raw := fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-amz-json-1.1\r\n"+
		"X-Amz-Target: AWSCognitoIdentityProviderService.%s\r\nContent-Length: %d\r\n\r\n%s", operation, len(body), body)
	return &request{operation: operation, raw: raw, body: raw[len(raw)-len(body):], stamp: bytes.Index(raw, []byte(stampMark))}
}

// number writes n into the request's body.
func (r *request) number(n uint64) {
	if r.stamp < 0 {
		return
	}
	for i := r.stamp + stampLen - 1; i >= r.stamp; i-- {
		r.raw[i] = byte('0' + n%10)
		n /= 10
	}
}

// signed returns a call that an administrator signs now.
func signed(ctx context.Context, addr, operation, body string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/", bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	sum := sha256.Sum256([]byte(body))
	key := aws.Credentials{AccessKeyID: rootID, SecretAccessKey: rootSecret}
	return r, v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "cognito-idp", region, time.Now())
}

// newSignedRequest is newRequest for an operation that an administrator calls.
// It is good for five minutes.
func newSignedRequest(addr, operation, body string) (*request, error) {
	r, err := signed(context.Background(), addr, operation, body)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		return nil, err
	}
	raw := b.Bytes()
	return &request{operation: operation, raw: raw, body: raw[len(raw)-len(body):], stamp: -1}, nil
}

// call does one call as an administrator and decodes its answer into out,
// outside of all that is measured.
func call(ctx context.Context, addr, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := signed(ctx, addr, operation, string(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %s: %s", operation, strconv.Itoa(resp.StatusCode), text)
	}
	return json.Unmarshal(text, out)
}
