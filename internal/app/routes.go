package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/notify/inbox"
	"poolhouse.dev/internal/oauth"
	"poolhouse.dev/internal/sigv4"
	"poolhouse.dev/internal/telemetry"
	"poolhouse.dev/internal/userimport"
	"poolhouse.dev/internal/web"
	"poolhouse.dev/internal/wire"
)

// defaultRegion is that of unsigned calls where every region is accepted.
const defaultRegion = "us-east-1"

// routes puts all that the main listener answers on one mux.
func (s *Server) routes(p parts, keys *accessKeys, metrics *telemetry.Metrics) http.Handler {
	c := p.config
	built := p.operations()
	regions := c.Regions
	if slices.Contains(regions, config.AnyRegion) {
		regions = nil
	}
	home := defaultRegion
	if len(regions) > 0 {
		home = regions[0]
	}
	verifier := sigv4.New(sigv4.Config{Service: "cognito-idp", Regions: regions, Secret: keys.secret, Now: p.now})
	gate := admission{limiter: p.limiter, directory: built.directory, tokens: built.tokens, firewall: p.firewall, region: home}
	source := sourceIP(c.TrustedProxies)
	mux := http.NewServeMux()
	mux.Handle("/", awsjson.New(awsjson.Config{
		Handlers: built.handlers,
		Authenticate: func(r *http.Request, body []byte, _ time.Time) (awsjson.Signed, error) {
			id, err := verifier.Verify(r, body)
			return awsjson.Signed{AccessKeyID: id.AccessKeyID, Region: id.Region}, err
		},
		Admit: gate.admit, Account: c.AccountID, SourceIP: source, Timeout: c.RequestTimeout,
		Logger: s.logger, Observe: metrics.ObserveRequest, Now: p.now,
	}))
	oauth.Mount(mux, built.documents, s.logger)
	web.New(web.Config{
		Confirm: built.signUp.ConfirmByLink, UndoEmail: built.users.UndoEmailChange, Feedback: built.threats.FeedbackByLink,
		Guard: p.firewall.judge, Allow: gate.allow, PoolOf: gate.poolOfClient, Known: gate.known, Account: c.AccountID, SourceIP: source, Timeout: c.RequestTimeout, Logger: s.logger,
	}).Mount(mux)
	admin := administered{verifier: verifier, sourceIP: source, timeout: c.RequestTimeout, logger: s.logger}
	mux.Handle("GET "+historyPath, admin.handle("ListAttributeChanges", 0, history{store: p.store, directory: built.directory}.call))
	mux.Handle("POST "+rotationPath, admin.handle("RotateSigningKeys", 0, rotation{rotator: built.rotator, directory: built.directory}.call))
	mux.Handle("POST "+masterKeyPath, admin.handle("ChangeMasterKey", 0, masterKeys{config: c, ring: p.ring}.call))
	data := dataKeys{ring: p.ring}
	mux.Handle("POST "+dataKeysPath, admin.handle("RotateDataKeys", 0, data.announce))
	mux.Handle("POST "+resealPath, admin.handle("Reseal", maxWalkToken, data.step))
	mux.Handle("POST "+dropKeyPath, admin.handle("DropOldDataKey", maxWalkToken, data.drop))
	importer := userimport.New(userimport.Deps{Store: p.store, Vault: p.vault, Now: p.now})
	mux.Handle("POST "+importPath, admin.handle("ImportUsers", maxImport, userImport{importer: importer, directory: built.directory}.call))
	saved := &backups{engine: s.engine, kind: engineKind(c), vault: p.vault, now: p.now}
	mux.Handle("POST "+backupPath, admin.download("BackUpStore", saved.call))
	mux.HandleFunc("GET /_poolhouse/health", health)
	mux.HandleFunc("GET /_poolhouse/ready", s.readiness)
	if s.inbox != nil {
		mux.Handle(inbox.PagePath, s.inbox)
		mux.Handle(inbox.PagePath+"/", s.inbox)
		mux.Handle(inbox.PagePath+".json", s.inbox)
	}
	return mux
}

func health(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, `{"status":"ok"}`) }

// readiness asks the store, so that a balancer sends nothing to a node that
// cannot serve.
func (s *Server) readiness(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		s.logger.Warn("not ready", "error", err)
		answer(w, http.StatusServiceUnavailable, `{"status":"unavailable"}`)
		return
	}
	answer(w, http.StatusOK, `{"status":"ready"}`)
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// allowedHosts returns which Host headers, besides this machine's own names,
// may read the inbox when it is forced beyond this machine: the address that is
// listened on and the public one. nil is none.
func allowedHosts(c config.Config) func(string) bool {
	if !c.Inbox.UnsafeListen {
		return nil
	}
	host, _, _ := net.SplitHostPort(c.Listen)
	_, public, _ := strings.Cut(c.PublicURL, "://")
	if name, _, err := net.SplitHostPort(public); err == nil {
		public = name
	}
	return func(h string) bool { return h != "" && (h == host || h == public) }
}

func operationNames() []string {
	names := make([]string, len(wire.Operations))
	for i := range wire.Operations {
		names[i] = wire.Operations[i].Name
	}
	return names
}

// builtHandlers puts the operations together without anything beneath them, to
// tell which are built.
func builtHandlers() *wire.Handlers {
	limiter, err := limit.New(limit.Config{Unlimited: true})
	if err != nil {
		slog.Default().Error("the default limits are refused", "error", err)
	}
	return parts{limiter: limiter, now: time.Now}.operations().handlers
}

// version is the module's version as the build knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}
