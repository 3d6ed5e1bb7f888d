package reliability

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const mib = 1 << 20

// measure is something that must not grow for ever. It may grow by slack, in its
// unit, and a quarter of itself from the second quarter of a run to the last.
type measure struct {
	name, unit string
	slack      float64
	// metric is its name in the server's metrics, "" for what is measured otherwise.
	metric string
	scale  float64
}

var measures = []measure{
	// What is remembered of tokens and, on SQLite, of rows fills up to 32 MiB each, and
	// that takes its time.
	{"heap after a collection", "MiB", 32, "go_memstats_heap_alloc_bytes", mib},
	{"resident memory", "MiB", 48, "process_resident_memory_bytes", mib},
	{"goroutines", "", 50, "go_goroutines", 1},
	{"open files", "", 30, "process_open_fds", 1},
	{"database", "MiB", 16, "", mib},
	// SQLite's log is moved into the file at about 128 MiB, PostgreSQL's is kept to
	// a gigabyte.
	{"log of the database", "MiB", 1024, "", mib},
}

// sample is what was measured at one moment, in the order of measures.
type sample struct {
	at     time.Duration
	calls  int64
	values []float64
}

// record is a run.
type record struct{ samples []sample }

// sample measures a node with that admin address, after a collection of its heap.
func (in *installation) sample(t testing.TB, admin string, at time.Duration, calls int64) sample {
	t.Helper()
	_ = get(t, "http://"+admin+"/debug/pprof/heap?gc=1")
	metrics := metricsIn(get(t, "http://"+admin+"/_poolhouse/metrics"))
	database, log, err := in.stored()
	noError(t, err)
	other := []float64{database, log}
	s := sample{at: at, calls: calls}
	for _, m := range measures {
		value, known := metrics[m.metric]
		switch {
		case m.metric == "":
			value, other = other[0], other[1:]
		case !known:
			t.Fatalf("there is no metric %s", m.metric)
		}
		s.values = append(s.values, value/m.scale)
	}
	return s
}

func get(t testing.TB, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	noError(t, err)
	defer func() { noError(t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	noError(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %s", url, resp.Status)
	}
	return string(text)
}

// metricsIn reads the metrics without labels of a page in Prometheus's format.
func metricsIn(page string) map[string]float64 {
	found := map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(page)); lines.Scan(); {
		if name, text, ok := strings.Cut(lines.Text(), " "); ok {
			if value, err := strconv.ParseFloat(text, 64); err == nil {
				found[name] = value
			}
		}
	}
	return found
}

// stored returns how large the database and its log are, in bytes.
func (in *installation) stored() (database, log float64, err error) {
	if in.database == "" {
		database, err = sizeOf(filepath.Join(in.data, "poolhouse.db"))
		log, err2 := sizeOf(filepath.Join(in.data, "poolhouse.db-wal"))
		return database, log, errors.Join(err, err2)
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, in.database)
	if err != nil {
		return 0, 0, err
	}
	const sizes = "SELECT pg_database_size(current_database())::float8, (SELECT sum(size) FROM pg_ls_waldir())::float8"
	err = conn.QueryRow(ctx, sizes).Scan(&database, &log)
	return database, log, errors.Join(err, conn.Close(ctx))
}

// sizeOf returns the size of a file, 0 for one that is not there.
func sizeOf(path string) (float64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return float64(info.Size()), nil
}

// values returns all of one measure's values, in order.
func (r *record) values(i int) []float64 {
	var all []float64
	for _, s := range r.samples {
		all = append(all, s.values[i])
	}
	return all
}

// quarter returns the median of the given quarter, from 0, of values.
func quarter(values []float64, which int) float64 {
	part := slices.Sorted(slices.Values(values[len(values)*which/4 : len(values)*(which+1)/4]))
	return part[len(part)/2]
}

// grown names what has grown beyond what its warm-up, the first quarter, explains.
func (r *record) grown() []string {
	var wrong []string
	for i, m := range measures {
		values := r.values(i)
		early, late := quarter(values, 1), quarter(values, 3)
		if late > early*1.25+m.slack {
			wrong = append(wrong, fmt.Sprintf("%s grew from %.1f to %.1f %s", m.name, early, late, m.unit))
		}
	}
	return wrong
}

// table shows the medians that grown compares.
func (r *record) table() string {
	var out strings.Builder
	out.WriteString("| what | start | second quarter | last quarter | most |\n|---|---|---|---|---|\n")
	for i, m := range measures {
		values := r.values(i)
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", m.name,
			m.text(values[0]), m.text(quarter(values, 1)), m.text(quarter(values, 3)), m.text(slices.Max(values)))
	}
	return out.String()
}

// text shows a value with its unit.
func (m measure) text(value float64) string {
	if m.unit == "" {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.1f %s", value, m.unit)
}

// What only warms up is not taken for a leak, and what grows on and on is.
func TestGrowthIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		heap func(i int) float64 // in MiB
		want int
	}{
		"flat":         {func(int) float64 { return 20 }, 0},
		"noisy":        {func(i int) float64 { return 20 + float64(i%7) }, 0},
		"warming up":   {func(i int) float64 { return 20 + min(float64(i), 14)*10 }, 0},
		"one peak":     {func(i int) float64 { return map[bool]float64{true: 400, false: 20}[i == 50] }, 0},
		"growing on":   {func(i int) float64 { return 20 + 3*float64(i) }, 1},
		"growing late": {func(i int) float64 { return 20 + max(0, float64(i)-40)*6 }, 1},
	} {
		r := &record{}
		for i := range samplesOfASoak {
			r.samples = append(r.samples, sample{values: []float64{c.heap(i), 100, 50, 50, 50, 50}})
		}
		if got := r.grown(); len(got) != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
