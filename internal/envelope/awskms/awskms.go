// Package awskms wraps data keys by AWS KMS, of AWS or of whatever speaks its
// API at another endpoint, with the credentials that AWS's own tools would find.
//
// Start with [Key].
package awskms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"poolhouse.dev/internal/arn"
	"poolhouse.dev/internal/envelope"
	"poolhouse.dev/internal/sdkhttp"
)

// provider is the provider id of keys of AWS KMS in a message.
const provider = "aws-kms"

// Key is an [envelope.Key] for every key that an endpoint has.
type Key struct {
	endpoint string
	client   *http.Client
	load     func() (aws.Config, error)
}

// New returns the keys at an endpoint of the API; "" is AWS's own. The
// client decides which addresses may be connected to. The credentials are looked
// for with the first call, in the usual places.
func New(endpoint string, client *http.Client) *Key {
	return &Key{endpoint: endpoint, client: client, load: sync.OnceValues(func() (aws.Config, error) {
		return config.LoadDefaultConfig(context.Background())
	})}
}

// NewDataKey implements [envelope.Key] with the operation GenerateDataKey, in the
// region of the ARN.
func (k *Key) NewDataKey(ctx context.Context, name string, bound map[string]string) ([]byte, envelope.WrappedKey, error) {
	var wrapped envelope.WrappedKey
	c, err := k.load()
	if err != nil {
		return nil, wrapped, fmt.Errorf("looking for AWS credentials: %w", err)
	}
	client := kms.NewFromConfig(c, func(o *kms.Options) {
		o.HTTPClient = sdkhttp.Client(k.client)
		if k.endpoint != "" {
			o.BaseEndpoint = &k.endpoint
		}
		if region := arn.Region(name); region != "" {
			o.Region = region
		}
	})
	out, err := client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: &name, EncryptionContext: bound, NumberOfBytes: aws.Int32(envelope.DataKeySize),
	})
	if err != nil {
		return nil, wrapped, refusal(ctx, err)
	}
	if len(out.Plaintext) != envelope.DataKeySize || out.KeyId == nil {
		return nil, wrapped, errors.New("the key management service answered without a data key")
	}
	return out.Plaintext, envelope.WrappedKey{Provider: provider, Info: []byte(*out.KeyId), Ciphertext: out.CiphertextBlob}, nil
}

// refusal names the API's exception and leaves its text, which could be
// anything, out.
func refusal(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	var named smithy.APIError
	if errors.As(err, &named) {
		return errors.New("the key management service answered " + named.ErrorCode())
	}
	return errors.New("the key management service could not be reached")
}
