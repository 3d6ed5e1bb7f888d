package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// historyArgs are the flags of `poolhouse history`.
type historyArgs struct {
	adminArgs
	UserPoolID string `env:"-" name:"user-pool-id" required:"" placeholder:"ID" help:"User pool whose history is written."`
	Username   string `env:"-" placeholder:"NAME" help:"Write the changes of this user only."`
	Sub        string `env:"-" placeholder:"SUB" help:"Write the changes of the user of this sub only, who may be deleted."`
}

// Help returns the paragraph that `poolhouse history --help` adds.
func (historyArgs) Help() string {
	return `Reads the history that a server with --attribute-history keeps, over its API, and writes one line of JSON for each change: when, by which operation and through which client or access key, and hashes of the values before and after. Equal values of an attribute have equal hashes; the values themselves are not kept.

` + accessKeyHelp
}

// writeHistory writes every entry that args ask for to out, and how far it is to
// progress, if that is not nil.
func writeHistory(ctx context.Context, args historyArgs, getenv func(string) string, out, progress io.Writer) error {
	key, err := accessKey(getenv)
	if err != nil {
		return err
	}
	query := url.Values{"user_pool_id": {args.UserPoolID}, "limit": {"1000"}}
	if args.Username != "" {
		query.Set("username", args.Username)
	}
	if args.Sub != "" {
		query.Set("sub", args.Sub)
	}
	for written := 0; ; {
		page, err := readHistory(ctx, args.adminArgs, key, query)
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
}

// readHistory asks for one page.
func readHistory(ctx context.Context, args adminArgs, key aws.Credentials, query url.Values) (page historyPage, err error) {
	return page, args.call(ctx, key, http.MethodGet, "/_poolhouse/attribute-changes", query, nil, &page)
}
