package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// dataKeysArgs are the flags of `poolhouse rotate-data-keys`.
type dataKeysArgs struct {
	adminArgs
	After string `env:"-" default:"10m" placeholder:"TIME" help:"How long nodes know the new key before it seals, 2m to 720h (${default})."`
}

// Help returns the paragraphs that `poolhouse rotate-data-keys --help` adds.
func (dataKeysArgs) Help() string {
	return `Makes a new key for all that the store keeps sealed: passwords, secrets, private keys, messages, tokens that clients give back. Running nodes know it at once, and it seals after --after; what the old key sealed stays good. Then run reseal to seal what is stored anew, and reseal --drop-old to let go of the old key. Run it only when every node runs this release or a later one.

` + accessKeyHelp
}

// dataKeysState is what the server tells of an exchange.
type dataKeysState struct {
	Sealing, Other  string
	From, DropsFrom time.Time
}

// rotateDataKeys makes a new data key.
func rotateDataKeys(ctx context.Context, args dataKeysArgs, getenv func(string) string, out io.Writer) error {
	key, err := accessKey(getenv)
	if err != nil {
		return err
	}
	var s dataKeysState
	if err := args.call(ctx, key, http.MethodPost, "/_poolhouse/data-keys", url.Values{"after": {args.After}}, nil, &s); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "data key %s seals from %s in place of %s; run reseal then, and reseal --drop-old after %s\n",
		s.Other, s.From.Format(time.RFC3339), s.Sealing, s.DropsFrom.Format(time.RFC3339))
	return err
}

// resealArgs are the flags of `poolhouse reseal`.
type resealArgs struct {
	adminArgs
	Rate       int  `env:"-" default:"2000" placeholder:"ROWS" help:"Rows to look at in a second, at most (${default})."`
	DropOld    bool `env:"-" name:"drop-old" help:"At the end remove the old data key, if nothing needs it any more."`
	EndSignIns bool `env:"-" name:"end-sign-ins" help:"With --drop-old: do not wait for refresh tokens that the old key sealed; those people sign in again."`
}

// Help returns the paragraphs that `poolhouse reseal --help` adds.
func (resealArgs) Help() string {
	return `Looks at every row with something sealed and seals anew what the old data key sealed, while the server answers requests. It can be stopped at any time and run again; rows that are done are only looked at then.

` + accessKeyHelp
}

// walked is what the server tells of a step.
type walked struct {
	dataKeysState
	Token                           string
	Done                            bool
	Table                           string
	Rows, Resealed, Broken, SignIns int64
	SignInsUntil                    time.Time
}

// reseal walks through all rows, and drops the old key if args ask for it.
func reseal(ctx context.Context, args resealArgs, getenv func(string) string, out, progress io.Writer) error {
	if args.Rate < 1 {
		return errors.New("--rate: want at least one row a second")
	}
	if args.EndSignIns && !args.DropOld {
		return errors.New("--end-sign-ins: counts with --drop-old only")
	}
	key, err := accessKey(getenv)
	if err != nil {
		return err
	}
	last, err := args.walk(ctx, key, progress)
	if progress != nil {
		_, _ = fmt.Fprintln(progress)
	}
	if err != nil {
		return fmt.Errorf("stopped after %d rows, of which %d were sealed anew: %w; run the command again", last.Rows, last.Resealed, err)
	}
	_, _ = fmt.Fprintf(out, "%d rows, %d sealed anew with data key %s\n", last.Rows, last.Resealed, last.Sealing)
	if last.Broken > 0 {
		_, _ = fmt.Fprintf(out, "%d values open with no key and were left as they are\n", last.Broken)
	}
	if last.SignIns > 0 {
		_, _ = fmt.Fprintf(out, "refresh tokens of %d sign-ins need the old key, the last until %s\n", last.SignIns, last.SignInsUntil.Format(time.RFC3339))
	}
	if !args.DropOld {
		return nil
	}
	body, err := json.Marshal(map[string]any{"token": last.Token, "endSignIns": args.EndSignIns})
	if err != nil {
		return err
	}
	var s dataKeysState
	if err := args.call(ctx, key, http.MethodPost, "/_poolhouse/data-keys/drop-old", nil, body, &s); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "data key %s is the only one\n", s.Sealing)
	return err
}

// walk takes one step after the other, no faster than args allow. It returns the last one
// that was taken.
func (args resealArgs) walk(ctx context.Context, key aws.Credentials, progress io.Writer) (last walked, err error) {
	for !last.Done {
		body, err := json.Marshal(map[string]string{"token": last.Token})
		if err != nil {
			return last, err
		}
		began, before := time.Now(), last.Rows
		var next walked
		if err := args.call(ctx, key, http.MethodPost, "/_poolhouse/reseal", nil, body, &next); err != nil {
			return last, err
		}
		last = next
		if progress != nil {
			_, _ = fmt.Fprintf(progress, "\r%d rows, %d sealed anew, in %-20s", last.Rows, last.Resealed, last.Table)
		}
		pause := time.Duration(last.Rows-before)*time.Second/time.Duration(args.Rate) - time.Since(began)
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-time.After(max(pause, 0)):
		}
	}
	return last, nil
}
