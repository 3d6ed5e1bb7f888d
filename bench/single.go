package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// The rows that are no quotient of two rates.

// startRow measures how long the server takes to be ready on a filled store.
func (b *bench) startRow(ctx context.Context, engine string, w *world) error {
	name := fmt.Sprintf("Start with %d users", w.size)
	if !b.wants(name) {
		return nil
	}
	var millis []float64
	for range b.pairs {
		began := time.Now()
		if err := w.start(ctx, 1, leanDriver); err != nil {
			return err
		}
		millis = append(millis, float64(time.Since(began).Microseconds())/1000)
		if err := w.stop(); err != nil {
			return err
		}
	}
	b.table.add(line{name, engine, fmt.Sprintf("%.0f ms", median(millis)), spread(millis), "≤ 300 ms", ""})
	return nil
}

// idleRow measures the memory of a server that has only started.
func (b *bench) idleRow(ctx context.Context, engine string, w *world) error {
	const name = "Resident memory, idle"
	if !b.wants(name) {
		return nil
	}
	// The stock of signing keys fills up first.
	if err := pause(ctx, 5*time.Second); err != nil {
		return err
	}
	return b.memory(engine, name, "≤ 64 MiB", w)
}

// mixedRow measures the memory after a load of every kind.
func (b *bench) mixedRow(ctx context.Context, engine string, w *world) error {
	name := fmt.Sprintf("Resident memory after %s of mixed load", b.mixed)
	if !b.wants(name) {
		return nil
	}
	for left := b.mixed; left > 0; left -= time.Minute {
		list, err := mixedRequests(w, b.conns) // signed anew
		if err != nil {
			return err
		}
		if _, err := w.client.rate(ctx, list, min(left, time.Minute)); err != nil {
			return err
		}
	}
	return b.memory(engine, name, "≤ 256 MiB", w)
}

func (b *bench) memory(engine, name, target string, w *world) error {
	bytes, err := w.server.resident()
	if err != nil {
		return err
	}
	b.table.add(line{name, engine, fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)), "", target, fmt.Sprintf("%d users in the store", w.size)})
	return nil
}

// latencyRow measures how long updates take at half the rate that saturates
// the server, and how long the bare server's answers at the same rate: the driver and the
// scheduler of a busy machine are in both.
func (b *bench) latencyRow(ctx context.Context, engine string, w *world) (err error) {
	const name = "UpdateUserAttributes at half the peak rate, p99 by p50"
	if !b.wants(name) {
		return nil
	}
	list, err := updateRequests(w, b.conns)
	if err != nil {
		return err
	}
	bare, err := dial(b.bare.addr, b.conns, b.driver)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.close()) }()
	var ours, theirs percentiles
	for range b.pairs {
		peak, err := w.client.rate(ctx, list, b.pair)
		if err != nil {
			return err
		}
		took, err := quietly(func() ([]time.Duration, error) { return w.client.latencies(ctx, list, peak/2, b.pair) })
		if err != nil {
			return err
		}
		ours.add(took)
		if took, err = quietly(func() ([]time.Duration, error) { return bare.latencies(ctx, list, peak/2, b.pair) }); err != nil {
			return err
		}
		theirs.add(took)
	}
	target := ""
	if engine == engineSQLite {
		target = "≤ 5"
	}
	b.table.add(line{name, engine, fmt.Sprintf("%.1f", median(ours.ratios)), spread(ours.ratios), target,
		fmt.Sprintf("%s; the bare server's %s", ours, theirs)})
	return nil
}

// quietLimit is how much memory the driver may have before it collects its garbage after all.
const quietLimit = 2 << 30

// quietly takes times without the driver's own collector, whose work on the servers' CPUs
// would be in them.
func quietly(load func() ([]time.Duration, error)) ([]time.Duration, error) {
	runtime.GC()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(quietLimit))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	return load()
}

// percentiles are of several loads, in milliseconds, and their ratios.
type percentiles struct{ p50s, p99s, ratios []float64 }

// add takes the times of one load, in order.
func (p *percentiles) add(took []time.Duration) {
	p50, p99 := took[len(took)/2].Seconds()*1000, took[len(took)*99/100].Seconds()*1000
	p.p50s, p.p99s, p.ratios = append(p.p50s, p50), append(p.p99s, p99), append(p.ratios, p99/p50)
}

func (p percentiles) String() string {
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", median(p.p50s), median(p.p99s))
}

// poolsMade is how many pools poolRow makes, one a second.
const poolsMade = 20

// poolRow counts how many creations of a pool took as long as the making of one
// signing key, of which each needs two.
func (b *bench) poolRow(ctx context.Context, engine string, w *world) error {
	const name = "CreateUserPool, waits for key generation"
	if !b.wants(name) {
		return nil
	}
	var keys, calls []float64
	for range 9 {
		began := time.Now()
		if _, err := rsa.GenerateKey(rand.Reader, keyBits); err != nil {
			return err
		}
		keys = append(keys, time.Since(began).Seconds()*1000)
	}
	waited := 0
	for i := range poolsMade {
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
		began := time.Now()
		if err := call(ctx, w.server.addr, "CreateUserPool", map[string]any{"PoolName": fmt.Sprintf("bench-%d", i)}, new(any)); err != nil {
			return err
		}
		took := time.Since(began).Seconds() * 1000
		calls = append(calls, took)
		if took >= median(keys)/2 {
			waited++
		}
	}
	b.table.add(line{name, engine, fmt.Sprintf("%d of %d", waited, poolsMade), "", "0",
		fmt.Sprintf("%.1f ms each; making a key takes %.0f ms", median(calls), median(keys))})
	return nil
}

// storageUsers is how many users the storage is measured with. They come in no
// order, as in life, which leaves the pages of the file less full.
const storageUsers = 20_000

// storageRow measures what a user takes on the disk.
func (b *bench) storageRow(ctx context.Context, engine string, newWorld func(context.Context, string) (*world, error)) error {
	const name = "Storage of a user, five attributes and two aliases"
	if !b.wants(name) || engine != engineSQLite {
		return nil
	}
	w, err := newWorld(ctx, "storage")
	if err != nil {
		return err
	}
	size := func() (int64, error) {
		info, err := os.Stat(filepath.Join(w.data, sqlite.FileName))
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	if err := w.populate(ctx, 1, 1, 0, true); err != nil {
		return err
	}
	before, err := size()
	if err != nil {
		return err
	}
	if err := w.populate(ctx, storageUsers, 1, 0, true); err != nil {
		return err
	}
	after, err := size()
	if err != nil {
		return err
	}
	b.table.add(line{name, engine, fmt.Sprintf("%.2f KiB", float64(after-before)/storageUsers/1024), "", "≤ 1.5 KiB", ""})
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
