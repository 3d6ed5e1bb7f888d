package reliability

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// How long the mixed load lasts is for this variable to say, such as 1h, and
// where the table and the chart of what was measured go.
const (
	soakVariable   = "POOLHOUSE_SOAK"
	soakFolder     = "POOLHOUSE_SOAK_FOLDER"
	shortSoak      = 3 * time.Second
	samplesOfASoak = 60
)

// People come, do everything, and leave, for an hour or as long as is wanted,
// and nothing that the server holds grows beyond its warm-up: heap, goroutines,
// open files, the database, its log. Every call is answered as it should be.
func TestSoak(t *testing.T) {
	lasts := shortSoak
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatalf("%s is to be a duration such as 1h: %v", soakVariable, err)
		}
	}
	onEachEngine(t, func(t *testing.T, in *installation) { soak(t, in, lasts) })
}

// soakers is how many people are in the town at once.
const soakers = 8

func soak(t *testing.T, in *installation, lasts time.Duration) {
	mail := newMailServer(t)
	admin := freeAddr(t)
	n := in.start(t, launch{args: append(mail.flags(), "--admin-listen="+admin)})
	p := newTown(t, client(n.url, false), mail)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	for i := range soakers {
		running.Go(func() {
			// Each stays once at least, however short the time.
			for visit := 0; visit == 0 || ctx.Err() == nil; visit++ {
				if err := p.visit(context.Background(), fmt.Sprintf("person-%d-%d", i, visit)); err != nil {
					t.Errorf("visit %d of person %d: %v", visit, i, err)
					return
				}
			}
		})
	}
	r := &record{}
	start, tick := time.Now(), time.NewTicker(lasts/samplesOfASoak)
	defer tick.Stop()
	for len(r.samples) < samplesOfASoak && !t.Failed() {
		<-tick.C
		r.samples = append(r.samples, in.sample(t, admin, time.Since(start), p.calls.Load()))
	}
	stop()
	running.Wait()
	if t.Failed() {
		return
	}
	t.Logf("%s of mixed load, %d people, %d calls\n%s", lasts, p.stays.Load(), p.calls.Load(), r.table())
	for _, wrong := range r.grown() {
		t.Error(wrong)
	}
	r.write(t, filepath.Base(t.Name()))
}

// write puts the table and the chart where they are wanted.
func (r *record) write(t *testing.T, engine string) {
	t.Helper()
	into := os.Getenv(soakFolder)
	if into == "" {
		return
	}
	noError(t, os.MkdirAll(into, 0o755))
	for ending, text := range map[string]string{".md": r.table(), ".svg": r.chart()} {
		path := filepath.Join(into, "soak-"+engine+ending)
		noError(t, os.WriteFile(path, []byte(text), 0o644))
		t.Logf("written: %s", path)
	}
}
