package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
)

// region is where the story's pool is. A development server takes any.
const region = "us-east-1"

// callTimeout bounds one call of the story.
const callTimeout = 30 * time.Second

// Run starts a server with an embedded database in a temporary folder, plays
// the story on it and tells on w what each step sent and got. It takes a few
// seconds and leaves nothing behind. The error names the step that failed, or
// that was under way when ctx ended.
func Run(ctx context.Context, w io.Writer) error {
	began := time.Now()
	t := &teller{w: w}
	if err := playOnServer(ctx, t); err != nil {
		return err
	}
	t.say("\nEvery step was checked. The whole story took %s; the server and its data are gone.", time.Since(began).Round(time.Millisecond))
	return t.err
}

// playOnServer plays the story on a server that ends with it.
func playOnServer(ctx context.Context, t *teller) (err error) {
	folder, err := os.MkdirTemp("", "poolhouse-demo-")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	c := config.Default(config.ModeDev)
	c.Listen, c.Data = "127.0.0.1:0", folder
	c.Root = config.Root{AccessKeyID: "DEMO" + rand.Text(), SecretAccessKey: config.NewSecret(rand.Text())}
	if c, err = c.Complete(); err != nil {
		return fmt.Errorf("preparing the demo's server: %w", err)
	}
	srv, err := app.Start(ctx, c, app.Options{Log: io.Discard})
	if err != nil {
		return fmt.Errorf("starting the demo's server: %w", err)
	}
	defer func() { err = errors.Join(err, srv.Close()) }()
	t.say("A poolhouse of its own answers on http://%s, with its database in %s.", srv.Addr(), folder)
	return newStory(t, "http://"+srv.Addr(), c.Root).play(ctx)
}

// newStory returns a story on the server at url, told by t.
func newStory(t *teller, url string, root config.Root) *story {
	observed := &http.Client{Timeout: callTimeout, Transport: &observer{base: http.DefaultTransport, teller: t}}
	return &story{
		teller: t,
		url:    url,
		http:   observed,
		client: cip.New(cip.Options{
			BaseEndpoint: aws.String(url),
			Region:       region,
			Credentials:  credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.SecretAccessKey.Reveal(), ""),
			HTTPClient:   observed,
			// A step that fails is shown as it is.
			Retryer: aws.NopRetryer{},
		}),
	}
}
