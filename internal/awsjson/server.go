package awsjson

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/wire"
)

const (
	// DefaultMaxBody lets every documented request through: the largest is one
	// of managed login branding with 2 MB.
	DefaultMaxBody = 5 << 19
	// DefaultTimeout is how long a request may take.
	DefaultTimeout = 30 * time.Second
)

// Signed is what a verified signature says of its request.
type Signed struct {
	// AccessKeyID is the key that the request was signed with.
	AccessKeyID string
	// Region is that of the signature's scope.
	Region string
}

// Config holds what a Server depends on.
type Config struct {
	// Handlers are the operations; a nil function is refused as not built.
	Handlers *wire.Handlers
	// Authenticate verifies the signature of a request to a signed operation.
	// It must not keep body. A refusal is a *fault.Error. When it is nil every
	// signed operation is refused.
	Authenticate func(r *http.Request, body []byte, now time.Time) (Signed, error)
	// Admit refuses a request that is well-formed and, where it has to be, signed,
	// before its members are judged: with a *fault.Error, or an *Answer. ctx has
	// the caller. nil admits all.
	Admit func(ctx context.Context, a Arrival) error
	// Account is the account id that every caller carries.
	Account string
	// SourceIP returns the client's address; nil takes it from the connection.
	SourceIP func(*http.Request) string
	// MaxBody bounds a request's body in bytes; 0 stands for DefaultMaxBody.
	MaxBody int64
	// Timeout bounds a request from its complete body to its answer; 0 stands
	// for DefaultTimeout.
	Timeout time.Duration
	// Logger takes one line for each request that failed by the server's own
	// fault; nil stands for slog.Default().
	Logger *slog.Logger
	// Observe is told of every answered request but preflights: the operation
	// ("" when the model has none of that name), the exception ("" on success),
	// the HTTP status and the time it took. It may be nil.
	Observe func(operation, code string, status int, d time.Duration)
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
}

// Arrival is a request to an operation. It must not be kept or changed.
type Arrival struct {
	Operation *wire.Operation
	Input     wire.Input
	Request   *http.Request
	// Body is the request's body, which was read from Request.
	Body []byte
}

// Server answers POST / and OPTIONS /. It is safe for concurrent use.
type Server struct {
	config Config
	large  places
}

// New returns a Server for config.
func New(config Config) *Server {
	if config.Handlers == nil {
		config.Handlers = new(wire.Handlers)
	}
	if config.SourceIP == nil {
		config.SourceIP = remoteHost
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	config.MaxBody = cmp.Or(config.MaxBody, DefaultMaxBody)
	config.Timeout = cmp.Or(config.Timeout, DefaultTimeout)
	config.Logger = cmp.Or(config.Logger, slog.Default())
	return &Server{config: config, large: make(places, maxLarge)}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Config: &s.config, w: w, r: r, id: newRequestID(), start: s.config.Now()}
	x.commonHeaders()
	if r.Method == http.MethodOptions && r.URL.Path == "/" {
		x.preflight()
		return
	}
	defer x.observe()
	defer x.audit()
	op, err := x.route()
	if err != nil {
		x.fail(err)
		return
	}
	b := borrowBuffers()
	defer b.release()
	body, placed, err := x.readBody(b, s.large)
	defer s.large.leave(placed)
	if err != nil {
		x.fail(err)
		return
	}
	out, err := x.serve(op, body, &b.decoder)
	if err != nil {
		x.fail(err)
		return
	}
	x.succeed(op, out, b)
}

// exchange is one request and what is known of it so far.
type exchange struct {
	*Config
	w         http.ResponseWriter
	r         *http.Request
	id        string
	start     time.Time
	operation *wire.Operation // nil until the target is known
	caller    caller.Caller   // complete once the signature is verified

	status int    // of the answer
	code   string // the exception, "" on success
}

// observe hands the finished exchange to the metrics.
func (x *exchange) observe() {
	if x.Observe != nil {
		x.Observe(x.operationName(), x.code, x.status, x.Now().Sub(x.start))
	}
}

func (x *exchange) operationName() string {
	if x.operation == nil {
		return ""
	}
	return x.operation.Name
}

// route finds the operation. A request that does not look like the protocol
// at all is answered with 404, an unknown operation with 400.
func (x *exchange) route() (*wire.Operation, error) {
	target := x.r.Header.Get("X-Amz-Target")
	if x.r.Method != http.MethodPost || x.r.URL.Path != "/" || target == "" {
		return nil, &httpError{status: http.StatusNotFound, fault: errUnknown}
	}
	speaks := speaksProtocol(x.r.Header.Get("Content-Type"))
	name, ours := strings.CutPrefix(target, wire.TargetPrefix)
	op, found := wire.Find(name)
	switch {
	case (!ours || !found) && !speaks:
		return nil, &httpError{status: http.StatusNotFound, fault: errUnknown}
	case !ours || !found:
		return nil, errUnknown
	}
	x.operation = op
	switch {
	case !speaks:
		return nil, errUnreadable
	case !op.Built(x.Handlers):
		return nil, fault.Newf(errUnknown.Code, "Operation %s is not built in this version of poolhouse.", op.Name)
	}
	return op, nil
}

// speaksProtocol reports whether the content type is that of awsJson, with
// any parameters.
func speaksProtocol(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.TrimSpace(kind)
	return strings.EqualFold(kind, contentTypeJSON) || strings.EqualFold(kind, "application/x-amz-json-1.0")
}

// serve decodes, authenticates, checks and calls, in the service's order. A
// panic of what is handed in becomes an error.
func (x *exchange) serve(op *wire.Operation, body []byte, dec *decoder) (out any, err error) {
	defer func() {
		if value := recover(); value != nil {
			out, err = nil, x.recovered(value)
		}
	}()
	in := op.New()
	nulls, err := dec.decode(body, in)
	if err != nil {
		return nil, err
	}
	c := &x.caller
	*c = caller.Caller{RequestID: x.id, Account: x.Account, SourceIP: x.SourceIP(x.r), UserAgent: x.r.UserAgent()}
	if op.Auth != wire.AuthNone {
		signed, err := x.authenticate(body)
		if err != nil {
			return nil, err
		}
		c.AccessKeyID, c.Region = signed.AccessKeyID, signed.Region
	}
	ctx, cancel := caller.Begin(x.r.Context(), *c, x.Timeout)
	defer cancel()
	if x.Admit != nil {
		if err := x.Admit(ctx, Arrival{op, in, x.r, body}); err != nil {
			return nil, err
		}
	}
	if nulls != nil {
		return nil, nulls
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	return op.Call(ctx, x.Handlers, in)
}

func (x *exchange) authenticate(body []byte) (Signed, error) {
	if x.Authenticate == nil {
		return Signed{}, fault.New("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	return x.Authenticate(x.r, body, x.Now())
}

// remoteHost returns the host of the connection's other end.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// newRequestID returns a UUID of version 4 in lower case. It must not come twice, but
// it opens nothing, so that the process's own generator, ChaCha8 seeded by the
// system, is enough, and asks the system for nothing.
func newRequestID() string {
	var id [16]byte
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[:8], id[:4])
	hex.Encode(out[9:13], id[4:6])
	hex.Encode(out[14:18], id[6:8])
	hex.Encode(out[19:23], id[8:10])
	hex.Encode(out[24:], id[10:])
	for _, i := range []int{8, 13, 18, 23} {
		out[i] = '-'
	}
	return string(out[:])
}

// emptyBody reports whether a body is nothing or white space, which stands for
// the empty object.
func emptyBody(body []byte) bool { return len(bytes.Trim(body, " \t\r\n")) == 0 }
