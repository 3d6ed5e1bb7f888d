package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// rotateArgs are the flags of `poolhouse rotate-keys`.
type rotateArgs struct {
	adminArgs
	Pool  string `env:"-" required:"" placeholder:"ID" help:"User pool whose signing keys are exchanged."`
	After string `env:"-" default:"24h" placeholder:"TIME" help:"How long the new keys are published before they sign, 0s to 720h (${default})."`
}

// Help returns the paragraphs that `poolhouse rotate-keys --help` adds.
func (rotateArgs) Help() string {
	return `Gives a user pool new keys to sign its tokens with, over the API of a running server. They are in the pool's JWKS at once and sign after --after, which should be longer than applications remember the keys of an issuer; the old keys stay in the JWKS until no token of theirs can be good any more. No sign-in ends.

` + accessKeyHelp
}

// rotateKeys exchanges the keys of args' pool and tells what comes when.
func rotateKeys(ctx context.Context, args rotateArgs, getenv func(string) string, out io.Writer) error {
	key, err := accessKey(getenv)
	if err != nil {
		return err
	}
	var done struct {
		New, Old             []string
		SignsFrom, RetiresAt time.Time
	}
	query := url.Values{"user_pool_id": {args.Pool}, "after": {args.After}}
	if err := args.call(ctx, key, http.MethodPost, "/_poolhouse/rotate-keys", query, nil, &done); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "new keys, in the JWKS now, sign from %s: %s\nold keys, in the JWKS until %s: %s\n",
		done.SignsFrom.Format(time.RFC3339), strings.Join(done.New, " "), done.RetiresAt.Format(time.RFC3339), strings.Join(done.Old, " "))
	return err
}
