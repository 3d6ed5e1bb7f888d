package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"time"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/webacl"
	"poolhouse.dev/internal/webacl/coraza"
	"poolhouse.dev/internal/wire"
)

// firewall judges requests by the web ACLs of their pools.
type firewall struct {
	acls   *webacl.Set
	logger *slog.Logger
}

// newFirewall reads the file of web ACLs; "" is none.
func newFirewall(path string, logger *slog.Logger, now func() time.Time) (firewall, error) {
	f := firewall{logger: logger}
	if path == "" {
		return f, nil
	}
	var err error
	f.acls, err = webacl.Load(path, webacl.Options{Now: now, Inspectors: func(path string) (webacl.Inspector, error) { return coraza.New(path) }})
	if err != nil {
		return f, fmt.Errorf("--web-acls: %w", err)
	}
	return f, nil
}

// operationHeader names the operation to rules, as the service's requests to WAF do.
const operationHeader = "X-Amzn-Cognito-Operation-Name"

// judge asks the web ACL of a pool, "" for a request that names none.
func (f firewall) judge(ctx context.Context, r *http.Request, operation string, p pool.ID, body []byte) webacl.Verdict {
	acl := f.acls.Of(string(p))
	if acl == nil {
		return webacl.Verdict{}
	}
	who := caller.From(ctx)
	header := maps.Clone(r.Header)
	header["Host"], header[operationHeader] = []string{r.Host}, []string{operation}
	addr, _ := netip.ParseAddr(who.SourceIP)
	v := acl.Judge(webacl.Request{Addr: addr, Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: header, Body: body})
	if v.Block {
		f.logger.LogAttrs(ctx, slog.LevelInfo, "a web ACL blocked a request", slog.String("web_acl", acl.Name()), slog.String("rule", v.Rule),
			slog.String("operation", operation), slog.String("pool", string(p)), slog.String("request_id", who.RequestID), slog.String("source_ip", who.SourceIP))
	}
	return v
}

// judges reports whether requests to an operation are judged: those that nobody
// signs, all but one.
func (f firewall) judges(op *wire.Operation) bool {
	return f.acls != nil && op.Auth == wire.AuthNone && op.Name != "UpdateAuthEventFeedback"
}

// refusal is the answer to a blocked call of an operation, nil for one that passes.
func refusal(v webacl.Verdict) error {
	switch {
	case !v.Block:
		return nil
	case v.Captcha:
		return fault.Forbidden("Request not allowed due to WAF captcha.")
	}
	blocked := fault.Forbidden("Request not allowed due to WAF block.")
	if v.Custom == nil {
		return blocked
	}
	return &awsjson.Answer{Fault: blocked, Status: v.Custom.Status, ContentType: v.Custom.ContentType, Body: v.Custom.Body}
}
