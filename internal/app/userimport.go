package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/sigv4"
	"poolhouse.dev/internal/userimport"
)

// importPath is where administrators bring along users of other systems, with requests
// that are signed like those of operations. The body is a few lines, each a user's JSON.
const importPath = "/_poolhouse/import-users"

// maxImport bounds a body, in bytes.
const maxImport = 1 << 20

// userImport answers with what became of each line.
type userImport struct {
	importer  *userimport.Importer
	directory *directory.Directory
	verifier  *sigv4.Verifier
	sourceIP  func(*http.Request) string
	timeout   time.Duration
	logger    *slog.Logger
}

// importAnswer has an outcome for each line, in their order.
type importAnswer struct {
	Outcomes []userimport.Outcome `json:"outcomes"`
}

func (i userImport) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), i.timeout)
	defer cancel()
	var a importAnswer
	var who sigv4.Identity
	id := pool.ID(r.URL.Query().Get("user_pool_id"))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxImport))
	if err != nil {
		err = fault.InvalidParameterf("The lines cannot be read, or are more than %d bytes.", maxImport)
	} else if who, err = i.verifier.Verify(r, body); err == nil {
		a.Outcomes, err = i.lines(caller.With(ctx, caller.Caller{AccessKeyID: who.AccessKeyID, Region: who.Region}), id, body)
	}
	counts := map[userimport.Result]int{}
	for _, o := range a.Outcomes {
		counts[o.Result]++
	}
	if who.AccessKeyID == "" {
		id = "" // anybody could have written anything
	}
	i.logger.LogAttrs(ctx, slog.LevelInfo, "audit", slog.String("operation", "ImportUsers"), slog.String("outcome", fault.Outcome(err)),
		slog.String("principal", who.AccessKeyID), slog.String("region", who.Region), slog.String("source_ip", i.sourceIP(r)), slog.String("pool", string(id)),
		slog.Int("imported", counts[userimport.Imported]), slog.Int("existing", counts[userimport.Exists]), slog.Int("refused", counts[userimport.Refused]))
	answerWith(w, i.logger, a, err)
}

// lines imports the users of a body's lines.
func (i userImport) lines(ctx context.Context, id pool.ID, body []byte) ([]userimport.Outcome, error) {
	p, err := i.directory.Pool(ctx, id)
	if err != nil {
		return nil, err
	}
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	if len(lines) > userimport.MaxLines {
		return nil, fault.InvalidParameterf("%d lines are more than %d.", len(lines), userimport.MaxLines)
	}
	outcomes, err := i.importer.Import(ctx, p, lines)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fault.TooManyRequests("Too many requests")
	}
	return outcomes, err
}
