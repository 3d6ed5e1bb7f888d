package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// masterKeyArgs are the flags of `poolhouse rotate-master-key`.
type masterKeyArgs struct {
	adminArgs
	RetireOld bool `env:"-" name:"retire-old" xor:"step" help:"Finish the change: the old key opens the store no more."`
	Cancel    bool `env:"-" name:"cancel" xor:"step" help:"Call the change off: the next key opens the store no more."`
}

// Help returns the paragraphs that `poolhouse rotate-master-key --help` adds.
func (masterKeyArgs) Help() string {
	return `Changes the master key of a running store, in two steps. The first seals the data keys under the next master key, too, which each node has in the file of --next-key-file or in POOLHOUSE_MASTER_KEY_NEXT; the server of an embedded database makes that file if it is not there. From then on nodes start with either key. When every node has the next one, --retire-old makes it the only one. No key goes through the request, and no data is sealed anew; for that see rotate-data-keys.

Keep the old key as long as backups from before the change.

` + accessKeyHelp
}

// changeMasterKey takes a step of a change of the master key and says what comes next.
func changeMasterKey(ctx context.Context, args masterKeyArgs, getenv func(string) string, out io.Writer) error {
	key, err := accessKey(getenv)
	if err != nil {
		return err
	}
	step := "add"
	switch {
	case args.RetireOld:
		step = "retire"
	case args.Cancel:
		step = "cancel"
	}
	var done struct{ Made, Present, Next string }
	if err := args.call(ctx, key, http.MethodPost, "/_poolhouse/master-key", url.Values{"step": {step}}, nil, &done); err != nil {
		return err
	}
	switch step {
	case "retire":
		_, err = fmt.Fprintf(out, "the next master key is the only one; on every node put it from %s to %s, and keep the old one for backups\n", done.Next, done.Present)
	case "cancel":
		_, err = fmt.Fprintf(out, "the change is called off; the key of %s is the only one\n", done.Present)
	default:
		if done.Made != "" {
			_, _ = fmt.Fprintf(out, "made a master key in %s; keep a copy apart from your backups\n", done.Made)
		}
		_, err = fmt.Fprintf(out, "the store opens with either master key; when every node has the next one, run rotate-master-key --retire-old\n")
	}
	return err
}
