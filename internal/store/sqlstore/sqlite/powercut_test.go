package sqlite_test

import (
	"context"
	"crypto/rand"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// sector is what a disk writes wholly or not at all, in bytes.
const sector = 512

// journal is all that was done to the files of a folder, in its order, from which
// journal.cut makes what a disk may hold when the power goes.
type journal struct {
	mu    sync.Mutex
	steps []step
	// failSync says whether a sync of a file is to fail; nil for none.
	failSync func(file string) bool
	// failures counts the failed syncs of each file. The system tells each handle once
	// of those since it was opened; told has what they know.
	failures map[string]int
	told     map[int32]int
}

// step is one thing that was done to a file.
type step struct {
	kind         kind
	file         string
	offset, size int64
	data         []byte
	// began is the number of steps before it began; a sync is good for those.
	began  int
	failed bool
}

func newJournal() *journal {
	return &journal{failures: make(map[string]int), told: make(map[int32]int)}
}

func (j *journal) each(op *operation) int32 {
	file := filepath.Base(op.path)
	j.mu.Lock()
	switch op.kind {
	case writes, truncates, deletes:
		defer j.mu.Unlock()
		j.steps = append(j.steps, step{kind: op.kind, file: file, offset: op.offset, size: op.size, data: slices.Clone(op.data)})
		return op.do()
	case syncs:
		defer j.mu.Unlock()
		return j.sync(op, file)
	case opens:
		defer j.mu.Unlock()
		rc := op.do()
		j.told[op.handle] = j.failures[file]
		return rc
	}
	j.mu.Unlock()
	return op.do()
}

// sync does or fails a sync. Others go on meanwhile.
func (j *journal) sync(op *operation, file string) int32 {
	s := step{kind: syncs, file: file, began: len(j.steps)}
	if s.failed = j.failSync != nil && j.failSync(file); s.failed {
		j.failures[file]++
	}
	rc := int32(sqlite3.SQLITE_OK)
	if !s.failed {
		j.mu.Unlock()
		rc = op.do()
		j.mu.Lock()
		s.failed = rc != sqlite3.SQLITE_OK
	}
	if j.told[op.handle] != j.failures[file] {
		j.told[op.handle], rc = j.failures[file], sqlite3.SQLITE_IOERR_FSYNC
	}
	j.steps = append(j.steps, s)
	return rc
}

// now is a moment in the journal: all steps before it were begun by then.
func (j *journal) now() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.steps)
}

// cut returns what a file may be on the disk when the power goes at a moment: all
// that was synced, and of what was not, any part. What it was at first is before; nil
// is no file.
func (j *journal) cut(file string, at int, before []byte, chance *mrand.Rand) []byte {
	var waiting, all []*step
	kept := make(map[*step]bool)
	for i := range j.steps[:at] {
		s := &j.steps[i]
		switch {
		case s.file != file:
		case s.kind != syncs:
			all, waiting = append(all, s), append(waiting, s)
			s.began = i
		case s.failed:
			waiting = nil // no later sync speaks for them
		default:
			for _, w := range waiting {
				kept[w] = kept[w] || w.began < s.began
			}
			waiting = slices.DeleteFunc(waiting, func(w *step) bool { return kept[w] })
		}
	}
	disk := &image{data: slices.Clone(before), there: before != nil}
	for i, s := range all {
		luck := chance.IntN(4)
		// The folder is synced with the first sync of a new file, which is another one than
		// the one that was deleted.
		renewed := s.kind == deletes && slices.ContainsFunc(all[i:], func(s *step) bool { return kept[s] })
		switch {
		case kept[s] || renewed || luck > 1:
			disk.apply(*s)
		case s.kind == deletes:
			return disk.bytes()
		case luck == 1:
			disk.applyPart(*s, chance)
		}
	}
	return disk.bytes()
}

// image is a file as it is made from steps.
type image struct {
	data  []byte
	there bool
}

func (m *image) bytes() []byte {
	if !m.there {
		return nil
	}
	return m.data
}

func (m *image) apply(s step) {
	m.there = s.kind != deletes
	switch s.kind {
	case writes:
		m.write(s.offset, s.data)
	case truncates:
		m.resize(s.size)
	case deletes:
		m.data = nil
	}
}

// applyPart writes some sectors of what was to be written.
func (m *image) applyPart(s step, chance *mrand.Rand) {
	if s.kind != writes {
		m.apply(s)
		return
	}
	m.there = true
	for from := s.offset; from < s.offset+int64(len(s.data)); {
		to := min(from/sector*sector+sector, s.offset+int64(len(s.data)))
		if chance.IntN(2) == 0 {
			m.write(from, s.data[from-s.offset:to-s.offset])
		}
		from = to
	}
}

func (m *image) write(offset int64, data []byte) {
	if end := offset + int64(len(data)); end > int64(len(m.data)) {
		m.resize(end)
	}
	copy(m.data[offset:], data)
}

func (m *image) resize(size int64) {
	if size <= int64(len(m.data)) {
		m.data = m.data[:size]
		return
	}
	m.data = append(m.data, make([]byte, size-int64(len(m.data)))...)
}

// moments are what a chain's writer noted of its steps: when each change was sent and
// when it was acknowledged.
type moments struct {
	chain *chain
	sent  []int // of change n at index n-1
	acked map[int]int
}

// at returns the chain as it was at a moment.
func (m *moments) at(moment int) *chain {
	c := newChain(m.chain.name)
	for i, sent := range m.sent {
		if sent <= moment {
			c.sent = max(c.sent, i+1)
		}
	}
	for n, acked := range m.acked {
		if acked <= moment {
			c.acked = max(c.acked, n)
		}
	}
	return c
}

// TestPowerCut runs writers while the log is moved into the file, and cuts the power
// at many moments: the disk has all that was synced until then, and any part of what
// was not, down to single sectors. Every change that was acknowledged before is there,
// and none in part. With syncs that fail, what a failed sync was for may be missing
// on the disk ever after, although the operating system shows it and a later sync succeeds.
func TestPowerCut(t *testing.T) {
	empty := made(t)
	for name, failing := range map[string]bool{"good disk": false, "syncs fail": true} {
		t.Run(name, func(t *testing.T) {
			for range often(1, 10) {
				powerCut(t, copied(t, empty), failing, often(12, 60))
			}
		})
	}
}

func powerCut(t *testing.T, folder string, failing bool, cuts int) {
	before, err := os.ReadFile(filepath.Join(folder, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	j := newJournal()
	if failing {
		j.failSync = func(string) bool { return mrand.IntN(4) == 0 }
	}
	onDisk(t, folder, j.each)
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder, CacheBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	var all []*moments
	var writers sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		m := &moments{chain: newChain(name), acked: make(map[int]int)}
		all = append(all, m)
		writers.Go(func() { m.run(t, j, s, failing) })
	}
	writers.Wait()
	closed := j.now()
	if err := s.Close(); err != nil && !failing {
		t.Error(err)
	}
	seed := mrand.Uint64()
	chance := mrand.New(mrand.NewPCG(seed, 0))
	for range cuts {
		at := chance.IntN(j.now() + 1)
		cutAt := t.TempDir()
		for _, name := range []string{sqlite.FileName, sqlite.FileName + "-wal"} {
			first := before
			if name != sqlite.FileName {
				first = nil
			}
			if data := j.cut(name, at, first, chance); data != nil {
				put(t, filepath.Join(cutAt, name), data)
			}
		}
		if lost, err := sqlite.LostCommits(filepath.Join(cutAt, sqlite.FileName+"-wal")); err != nil || lost > 0 && !failing {
			t.Errorf("the log is said to be damaged: %d commits lost, %v", lost, err)
		}
		// Nobody syncs the index: it may hold anything.
		noise := make([]byte, 32<<10)
		rand.Read(noise)
		put(t, filepath.Join(cutAt, sqlite.FileName+"-shm"), noise)
		var chains []*chain
		for _, m := range all {
			chains = append(chains, m.at(at))
		}
		if sound(t, cutAt, chains...); t.Failed() {
			t.Fatalf("with the power cut at step %d of %d (closing from %d), seed %d", at, j.now(), closed, seed)
		}
	}
}

// run makes changes, and now and then has the log moved.
func (m *moments) run(t *testing.T, j *journal, s *sqlite.Store, failing bool) {
	for i := range 40 {
		if err := m.send(j, s); err != nil && !failing {
			t.Error(err)
			return
		}
		if i%10 == 9 {
			s.MoveLog()
		}
	}
}

func (m *moments) send(j *journal, s *sqlite.Store) error {
	c := m.chain
	if c.sent != c.acked {
		if err := c.load(context.Background(), s); err != nil {
			return err
		}
	}
	for len(m.sent) <= c.acked {
		m.sent = append(m.sent, j.now())
	}
	err := c.step(context.Background(), s)
	if err == nil {
		m.acked[c.acked] = j.now()
	}
	return err
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
