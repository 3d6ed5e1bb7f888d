package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
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
}

// importAnswer has an outcome for each line, in their order.
type importAnswer struct {
	Outcomes []userimport.Outcome `json:"outcomes"`
}

func (i userImport) call(ctx context.Context, r *http.Request, body []byte) (any, []slog.Attr, error) {
	id := pool.ID(r.URL.Query().Get("user_pool_id"))
	outcomes, err := i.lines(ctx, id, body)
	counts := map[userimport.Result]int{}
	for _, o := range outcomes {
		counts[o.Result]++
	}
	return importAnswer{outcomes}, []slog.Attr{
		slog.String("pool", string(id)), slog.Int("imported", counts[userimport.Imported]),
		slog.Int("existing", counts[userimport.Exists]), slog.Int("refused", counts[userimport.Refused]),
	}, err
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
