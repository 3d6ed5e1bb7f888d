package main

import (
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

// historyArgs are the flags of `poolhouse history`. The access key comes from the
// variables that `poolhouse serve` has it in, or else from those of AWS's tools.
type historyArgs struct {
	Endpoint   string `env:"-" default:"http://127.0.0.1:7665" placeholder:"URL" help:"Address of a running server (${default})."`
	Region     string `env:"-" default:"us-east-1" placeholder:"REGION" help:"Region of the user pool (${default})."`
	UserPoolID string `env:"-" name:"user-pool-id" required:"" placeholder:"ID" help:"User pool whose history is written."`
	Username   string `env:"-" placeholder:"NAME" help:"Write the changes of this user only."`
	Sub        string `env:"-" placeholder:"SUB" help:"Write the changes of the user of this sub only, who may be deleted."`
}

// Help returns the paragraph that `poolhouse history --help` adds.
func (historyArgs) Help() string {
	return `Reads the history that a server with --attribute-history keeps, over its API, and writes one line of JSON for each change: when, by which operation and through which client or access key, and hashes of the values before and after. Equal values of an attribute have equal hashes; the values themselves are not kept.

The access key is that of POOLHOUSE_ROOT_ACCESS_KEY_ID and POOLHOUSE_ROOT_SECRET_ACCESS_KEY, or else of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`
}

// writeHistory writes every entry that args ask for to out, and how far it is to
// progress, if that is not nil.
func writeHistory(ctx context.Context, args historyArgs, getenv func(string) string, out, progress io.Writer) error {
	key := aws.Credentials{AccessKeyID: getenv("POOLHOUSE_ROOT_ACCESS_KEY_ID"), SecretAccessKey: getenv("POOLHOUSE_ROOT_SECRET_ACCESS_KEY")}
	if key.AccessKeyID == "" || key.SecretAccessKey == "" {
		key = aws.Credentials{AccessKeyID: getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: getenv("AWS_SESSION_TOKEN")}
	}
	if key.AccessKeyID == "" || key.SecretAccessKey == "" {
		return errors.New("no access key; set POOLHOUSE_ROOT_ACCESS_KEY_ID and POOLHOUSE_ROOT_SECRET_ACCESS_KEY")
	}
	query := url.Values{"user_pool_id": {args.UserPoolID}, "limit": {"1000"}}
	if args.Username != "" {
		query.Set("username", args.Username)
	}
	if args.Sub != "" {
		query.Set("sub", args.Sub)
	}
	for written := 0; ; {
		page, err := readHistory(ctx, args, key, query)
		if err != nil {
			return err
		}
		for _, entry := range page.Changes {
			if _, err := fmt.Fprintf(out, "%s\n", entry); err != nil {
				return err
			}
		}
		written += len(page.Changes)
		if progress != nil {
			_, _ = fmt.Fprintf(progress, "\r%d changes", written)
		}
		if page.Next == "" {
			break
		}
		query.Set("after", page.Next)
	}
	if progress != nil {
		_, _ = fmt.Fprintln(progress)
	}
	return nil
}

type historyPage struct {
	Changes []json.RawMessage `json:"changes"`
	Next    string            `json:"next"`
	Message string            `json:"message"`
}

// maxPage bounds an answer, in bytes.
const maxPage = 16 << 20

// readHistory asks for one page.
func readHistory(ctx context.Context, args historyArgs, key aws.Credentials, query url.Values) (page historyPage, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	address := strings.TrimSuffix(args.Endpoint, "/") + "/_poolhouse/attribute-changes?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return page, fmt.Errorf("--endpoint: %w", err)
	}
	nothing := sha256.Sum256(nil)
	if err := v4.NewSigner().SignHTTP(ctx, key, req, hex.EncodeToString(nothing[:]), "cognito-idp", args.Region, time.Now()); err != nil {
		return page, fmt.Errorf("signing the request: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return page, fmt.Errorf("--endpoint: %w; is the server running there?", err)
	}
	defer func() { _ = resp.Body.Close() }()
	err = json.NewDecoder(io.LimitReader(resp.Body, maxPage)).Decode(&page)
	switch {
	case page.Message != "":
		return page, fmt.Errorf("the server refuses: %s", page.Message)
	case resp.StatusCode != http.StatusOK || err != nil:
		return page, fmt.Errorf("the server's answer is not a history (HTTP status %d)", resp.StatusCode)
	}
	return page, nil
}
