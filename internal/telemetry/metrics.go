package telemetry

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// other is the label of a value that is not counted by its own name, and ok that of an
// answer without an exception.
const (
	other = "other"
	ok    = "ok"
)

// maxLabels bounds the distinct values of a label that callers choose. It is
// above the number of exception names and far below what would hurt.
const maxLabels = 100

// latencyBuckets reach from a read by key to the request timeout, in seconds.
var latencyBuckets = []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30}

// MetricsOptions are what Metrics are made of.
type MetricsOptions struct {
	// Operations are the names that ObserveRequest counts one by one. Any other
	// name comes from a client and is counted as "other".
	Operations []string
	// Version is shown as the label of poolhouse_build_info.
	Version string
}

// Metrics holds the server's metrics in a registry of their own. All methods
// are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	// operations has those that are counted by their own names, and other.
	operations map[string]*operation

	requests  *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	commits   *prometheus.CounterVec
	delivery  *prometheus.CounterVec
	triggers  *prometheus.CounterVec
	waiting   prometheus.Gauge
	codes     labelSet
	outcomes  labelSet
	media     labelSet
	delivered labelSet
}

// operation is what is counted of one operation. Its series begin with its first
// request, and are looked up once.
type operation struct {
	name     string
	answered func() prometheus.Counter
	latency  func() prometheus.Observer
}

func (m *Metrics) newOperation(name string) *operation {
	return &operation{
		name:     name,
		answered: sync.OnceValue(func() prometheus.Counter { return m.requests.WithLabelValues(name, ok) }),
		latency:  sync.OnceValue(func() prometheus.Observer { return m.latency.WithLabelValues(name) }),
	}
}

// NewMetrics returns metrics that all stand at zero, with those of the Go
// runtime and the process beside them.
func NewMetrics(o MetricsOptions) *Metrics {
	m := &Metrics{
		registry:   prometheus.NewRegistry(),
		operations: map[string]*operation{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "poolhouse_requests_total", Help: "Requests answered, by operation and exception name (ok if none).",
		}, []string{"operation", "code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "poolhouse_request_duration_seconds", Help: "Time from a request's first byte to its answer.", Buckets: latencyBuckets,
		}, []string{"operation"}),
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "poolhouse_commits_total", Help: "Change sets given to the store, by outcome.",
		}, []string{"outcome"}),
		delivery: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "poolhouse_deliveries_total", Help: "Attempts to send a message, by medium and outcome.",
		}, []string{"medium", "outcome"}),
		triggers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "poolhouse_triggers_total", Help: "Calls of triggers, by trigger and outcome: ok, failed, unanswered or garbled.",
		}, []string{"trigger", "outcome"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "poolhouse_outbox_messages", Help: "Messages waiting in the outbox.",
		}),
	}
	for _, name := range append(slices.Clone(o.Operations), other) {
		m.operations[name] = m.newOperation(name)
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "poolhouse_build_info", Help: "Always 1; the label tells the version.", ConstLabels: prometheus.Labels{"version": o.Version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.latency, m.commits, m.delivery, m.triggers, m.waiting, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// ObserveRequest counts one answered request and its duration. Code is the
// exception's name; if it is "", the answer's HTTP status decides between "ok"
// and, from 400 on, a name such as "http_413".
func (m *Metrics) ObserveRequest(operation, code string, status int, d time.Duration) {
	op, known := m.operations[operation]
	if !known {
		op = m.operations[other]
	}
	op.latency().Observe(d.Seconds())
	switch {
	case code == "" && status < http.StatusBadRequest:
		op.answered().Inc()
		return
	case code == "":
		code = "http_" + strconv.Itoa(status)
	}
	m.requests.WithLabelValues(op.name, m.codes.bound(code)).Inc()
}

// Commit counts one change set by how it ended, for example "committed",
// "duplicate", "conflict", "unavailable" or "unknown".
func (m *Metrics) Commit(outcome string) {
	m.commits.WithLabelValues(m.outcomes.bound(outcome)).Inc()
}

// Delivery counts one attempt to send a message, for example "EMAIL" and
// "sent", "refused" or "failed".
func (m *Metrics) Delivery(medium, outcome string) {
	m.delivery.WithLabelValues(m.media.bound(medium), m.delivered.bound(outcome)).Inc()
}

// Trigger counts one call of a trigger, for example "PreSignUp" and "ok". Both
// are the program's own words.
func (m *Metrics) Trigger(trigger, outcome string) {
	m.triggers.WithLabelValues(trigger, outcome).Inc()
}

// Outbox sets how many messages wait.
func (m *Metrics) Outbox(waiting int64) { m.waiting.Set(float64(waiting)) }

// Handler serves all metrics in the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// labelSet lets the first maxLabels distinct values of a label pass and turns
// the rest into "other", so that a mistake in a caller cannot fill the memory.
// The zero labelSet is empty.
type labelSet struct {
	mu   sync.RWMutex
	seen map[string]bool
}

func (s *labelSet) bound(value string) string {
	s.mu.RLock()
	known := s.seen[value]
	s.mu.RUnlock()
	if known {
		return value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[value] {
		return value
	}
	if len(s.seen) == maxLabels {
		return other
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[value] = true
	return value
}
