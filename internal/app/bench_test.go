package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"golang.org/x/sys/unix"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/vault"
)

// inFlight is how many requests the benchmarks of updates have under way, each
// for a user of its own.
const inFlight = 64

// BenchmarkRequest is one whole request, from its header to its answer, without
// the network and without net/http's own part.
func BenchmarkRequest(b *testing.B) {
	app.TuneMemory()
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			p := newPeople(b, engine)
			for _, operation := range []string{"UpdateUserAttributes", "GetUser"} {
				b.Run(operation, func(b *testing.B) { p.benchmark(b, operation) })
			}
		})
	}
}

// people are a server with users who are signed in.
type people struct {
	handler http.Handler
	tokens  []string
}

func newPeople(b *testing.B, engine string) *people {
	c := config.Default(config.ModeServe)
	c.Listen, c.Data, c.RateLimits = "127.0.0.1:0", b.TempDir(), "off"
	c.Log.Level = "warn"
	c.Root = config.Root{AccessKeyID: "bench", SecretAccessKey: config.NewSecret("a-secret-for-the-benchmark-alone")}
	if engine == "postgres" {
		c.Database, c.MasterKey = config.NewDatabaseURL(pgtest.Database(b)), config.NewSecret(vault.NewMasterKey().Text())
	}
	c, err := c.Complete()
	if err != nil {
		b.Fatal(err)
	}
	s, err := app.Start(b.Context(), c, app.Options{Log: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	client := cognito.New(cognito.Options{
		BaseEndpoint: aws.String("http://" + s.Addr()), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("bench", c.Root.SecretAccessKey.Reveal(), ""),
	})
	p := &people{handler: s.Handler()}
	p.signIn(b, client)
	return p
}

func (p *people) signIn(b *testing.B, client *cognito.Client) {
	const password = "Correct-Horse-7"
	must := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	pool, err := client.CreateUserPool(b.Context(), &cognito.CreateUserPoolInput{PoolName: aws.String("bench")})
	must(err)
	id := pool.UserPool.Id
	made, err := client.CreateUserPoolClient(b.Context(), &cognito.CreateUserPoolClientInput{
		UserPoolId: id, ClientName: aws.String("bench"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	must(err)
	for i := range inFlight {
		name := aws.String(fmt.Sprintf("person-%07d", i))
		_, err := client.AdminCreateUser(b.Context(), &cognito.AdminCreateUserInput{
			UserPoolId: id, Username: name, MessageAction: types.MessageActionTypeSuppress,
			UserAttributes: []types.AttributeType{
				{Name: aws.String("email"), Value: aws.String(*name + "@example.com")},
				{Name: aws.String("email_verified"), Value: aws.String("true")},
				{Name: aws.String("name"), Value: aws.String("Person")},
				{Name: aws.String("given_name"), Value: aws.String("Person")},
				{Name: aws.String("family_name"), Value: name},
			},
		})
		must(err)
		_, err = client.AdminSetUserPassword(b.Context(), &cognito.AdminSetUserPasswordInput{UserPoolId: id, Username: name, Password: aws.String(password), Permanent: true})
		must(err)
		out, err := client.InitiateAuth(b.Context(), &cognito.InitiateAuthInput{
			ClientId: made.UserPoolClient.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": *name, "PASSWORD": password},
		})
		must(err)
		p.tokens = append(p.tokens, *out.AuthenticationResult.AccessToken)
	}
}

// stamp is the place in a body for a number, so that every update changes something.
const stamp = "##########"

func bodyOf(operation, token string) []byte {
	if operation == "GetUser" {
		return fmt.Appendf(nil, `{"AccessToken":%q}`, token)
	}
	return fmt.Appendf(nil, `{"AccessToken":%q,"UserAttributes":[{"Name":"name","Value":"Person %s"}]}`, token, stamp)
}

// number writes n over a stamp.
func number(digits []byte, n int) {
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
}

func (p *people) benchmark(b *testing.B, operation string) {
	b.ReportAllocs()
	b.SetParallelism((inFlight + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	var workers atomic.Int64
	before := processorTime(b)
	b.RunParallel(func(pb *testing.PB) {
		c := newCaller(operation, p.tokens[int(workers.Add(1)-1)%len(p.tokens)])
		for n := 0; pb.Next(); n++ {
			if status := c.call(p.handler, n); status != http.StatusOK {
				b.Errorf("status %d", status)
				return
			}
		}
	})
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// caller makes one request after the other, as net/http would hand them over. It
// allocates nearly nothing itself.
type caller struct {
	body   []byte
	digits []byte // of body
	reader bytes.Reader
	base   http.Request
	answer
}

func newCaller(operation, token string) *caller {
	c := &caller{body: bodyOf(operation, token), answer: answer{header: http.Header{}}}
	if at := bytes.Index(c.body, []byte(stamp)); at >= 0 {
		c.digits = c.body[at : at+len(stamp)]
	}
	c.base = http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/"}, RequestURI: "/", Host: "bench", RemoteAddr: "127.0.0.1:5000", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(c.body)),
		Header: http.Header{
			"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"AWSCognitoIdentityProviderService." + operation},
			"User-Agent": {"bench"},
		},
	}
	return c
}

func (c *caller) call(handler http.Handler, n int) (status int) {
	number(c.digits, n)
	c.reader.Reset(c.body)
	clear(c.header)
	r := c.base
	r.Body = io.NopCloser(&c.reader)
	handler.ServeHTTP(&c.answer, &r)
	return c.status
}

// answer takes an answer and keeps its status.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }

// processorTime is what the process has used so far. Other work on the machine
// disturbs it less than the time on the clock.
func processorTime(b *testing.B) int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
