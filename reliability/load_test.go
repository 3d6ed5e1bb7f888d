package reliability

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"poolhouse.dev/internal/sdkhttp"
)

// password meets the default policy.
const password = "Passw0rd!"

// clientTimeout is how long the load waits for an answer.
const clientTimeout = 20 * time.Second

// client returns a client of a poolhouse, signed with the root key, that never
// tries again by itself. With fresh every call has a connection of its own, so
// that a balancer sends each anywhere.
func client(url string, fresh bool) *cip.Client {
	return cip.New(cip.Options{
		BaseEndpoint: aws.String(url),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(accessKeyID, secretAccessKey, ""),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   sdkhttp.Client(&http.Client{Timeout: clientTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableKeepAlives: fresh}}),
	})
}

// people are users of a new pool who are signed in.
type people struct {
	pool, client string
	tokens       []string
}

// newPeople makes a pool with n users and signs each of them in.
func newPeople(t testing.TB, c *cip.Client, n int) *people {
	t.Helper()
	ctx := context.Background()
	pool, err := c.CreateUserPool(ctx, &cip.CreateUserPoolInput{
		PoolName: aws.String("reliability"),
		Schema:   []types.SchemaAttributeType{{Name: aws.String("count"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)}},
	})
	noError(t, err)
	p := &people{pool: *pool.UserPool.Id}
	app, err := c.CreateUserPoolClient(ctx, &cip.CreateUserPoolClientInput{
		UserPoolId: &p.pool, ClientName: aws.String("app"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	noError(t, err)
	p.client = *app.UserPoolClient.ClientId
	for i := range n {
		name := fmt.Sprintf("user-%d", i)
		_, err := c.AdminCreateUser(ctx, &cip.AdminCreateUserInput{UserPoolId: &p.pool, Username: &name, MessageAction: types.MessageActionTypeSuppress})
		noError(t, err)
		_, err = c.AdminSetUserPassword(ctx, &cip.AdminSetUserPasswordInput{UserPoolId: &p.pool, Username: &name, Password: aws.String(password), Permanent: true})
		noError(t, err)
		p.tokens = append(p.tokens, p.signIn(t, c, name))
	}
	return p
}

func (p *people) signIn(t testing.TB, c *cip.Client, name string) string {
	t.Helper()
	out, err := c.InitiateAuth(context.Background(), &cip.InitiateAuthInput{
		ClientId: &p.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
	noError(t, err)
	return *out.AuthenticationResult.AccessToken
}

// load are writers who count up an attribute of their own, each of one user, and
// remember what was acknowledged.
type load struct {
	t       testing.TB
	client  *cip.Client
	stop    context.CancelFunc
	running sync.WaitGroup
	writers []*writer
	acked   atomic.Int64
	failed  atomic.Int64
	// allowed judges an error: nil when a caller may see it while the fault lasts.
	allowed func(error) error
}

// writer is one user's own changes: sent is the last that was sent, acked the
// last that was acknowledged, of which only those up to certain have to be there
// when that is set.
type writer struct {
	token   string
	sent    int
	acked   atomic.Int64
	certain int64
	errors  map[string]int
}

// begin starts a writer for each of the people.
func begin(t testing.TB, c *cip.Client, p *people, allowed func(error) error) *load {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	l := &load{t: t, client: c, stop: stop, allowed: allowed}
	for _, token := range p.tokens {
		stored, err := count(c, token) // of a load before this one
		noError(t, err)
		w := &writer{token: token, sent: stored, errors: map[string]int{}}
		w.acked.Store(int64(stored))
		l.writers = append(l.writers, w)
		l.running.Go(func() { l.write(ctx, w) })
	}
	t.Cleanup(l.halt)
	return l
}

func (l *load) write(ctx context.Context, w *writer) {
	for ctx.Err() == nil {
		w.sent++
		_, err := l.client.UpdateUserAttributes(context.Background(), &cip.UpdateUserAttributesInput{
			AccessToken: &w.token, UserAttributes: []types.AttributeType{{Name: aws.String("custom:count"), Value: aws.String(strconv.Itoa(w.sent))}},
		})
		if err == nil {
			w.acked.Store(int64(w.sent))
			l.acked.Add(1)
			continue
		}
		w.errors[nameOf(err)]++
		l.failed.Add(1)
		if wrong := l.allowed(err); wrong != nil {
			l.t.Errorf("a caller saw %v", wrong)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// await waits until more changes were acknowledged.
func (l *load) await(more int64) {
	l.t.Helper()
	l.awaitCount(&l.acked, more, "acknowledged")
}

// awaitErrors waits until more changes were answered with an error.
func (l *load) awaitErrors(more int64) {
	l.t.Helper()
	l.awaitCount(&l.failed, more, "refused")
}

func (l *load) awaitCount(counter *atomic.Int64, more int64, what string) {
	l.t.Helper()
	for want, end := counter.Load()+more, time.Now().Add(recovery); counter.Load() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) || l.t.Failed() {
			l.t.Fatalf("only %d of %d changes were %s within %s", counter.Load()-want+more, more, what, recovery)
		}
	}
}

// draw makes what was acknowledged until now all that has to be there in the end.
func (l *load) draw() {
	for _, w := range l.writers {
		w.certain = w.acked.Load()
	}
}

// halt stops the writers, after what they are at.
func (l *load) halt() {
	l.stop()
	l.running.Wait()
}

// end stops the writers and reads back through c what each of them wrote: the last
// change that was acknowledged or one that was sent after it.
func (l *load) end(c *cip.Client) {
	l.t.Helper()
	l.halt()
	total := map[string]int{}
	for i, w := range l.writers {
		stored, err := count(c, w.token)
		if err != nil {
			l.t.Errorf("reading what writer %d wrote: %v", i, err)
			continue
		}
		if least := cmp.Or(w.certain, w.acked.Load()); int64(stored) < least || stored > w.sent {
			l.t.Errorf("writer %d: %d is stored, %d was acknowledged last and %d sent last", i, stored, least, w.sent)
		}
		for name, n := range w.errors {
			total[name] += n
		}
	}
	l.t.Logf("%d changes were acknowledged, all are there; errors: %v", l.acked.Load(), total)
}

// endAfterKill looks at what is stored as a start finds it that follows a kill.
func (l *load) endAfterKill(n *node, in *installation) {
	l.t.Helper()
	l.halt()
	n.kill()
	l.end(client(in.start(l.t).url, false))
}

// count reads a writer's attribute.
func count(c *cip.Client, token string) (int, error) {
	text, err := attribute(c, token, "custom:count")
	if text == "" || err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

// attribute reads one of somebody's attributes, "" for one that is not there.
func attribute(c *cip.Client, token, name string) (string, error) {
	out, err := c.GetUser(context.Background(), &cip.GetUserInput{AccessToken: &token})
	if err != nil {
		return "", err
	}
	for _, a := range out.UserAttributes {
		if *a.Name == name {
			return aws.ToString(a.Value), nil
		}
	}
	return "", nil
}

// nameOf is an error's exception, or that it was no answer.
func nameOf(err error) string {
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		return api.ErrorCode()
	case isConnection(err):
		return "no answer"
	}
	return err.Error()
}

// retryable allows what an SDK tries again by itself: an internal error, or no
// answer at all.
func retryable(err error) error {
	if name := nameOf(err); name == "InternalErrorException" || name == "no answer" {
		return nil
	}
	return err
}

// internalOnly allows an internal error, which is an answer.
func internalOnly(err error) error {
	if nameOf(err) == "InternalErrorException" {
		return nil
	}
	return err
}

// none allows no error.
func none(err error) error { return err }

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
