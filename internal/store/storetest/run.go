package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
)

// Run tests the store that open returns. open is called once; it arranges for
// the store to be closed by itself.
func Run(t *testing.T, open func(t *testing.T) store.Store) { run(t, open, false) }

// RunUnsettled is Run for a store whose replies get lost on the way: where several
// writers change one row, and where a row is only removed, ErrUnknown is an answer,
// too, and what is stored has to fit to it.
func RunUnsettled(t *testing.T, open func(t *testing.T) store.Store) { run(t, open, true) }

func run(t *testing.T, open func(t *testing.T) store.Store, unsettled bool) {
	s := open(t)
	for _, test := range []struct {
		name string
		run  func(*env)
	}{
		{"EveryNounSurvives", everyNounSurvives},
		{"NilAndEmptyBytes", nilAndEmptyBytes},
		{"BigValues", bigValues},
		{"AbsentRowKeepsItsFields", absentRow},
		{"EvenReads", evenReads},
		{"EvenReadsAmongOthers", evenReadsAmongOthers},
		{"EmptySet", emptySet},
		{"StampsFollowCommits", stamps},
		{"InsertOfTakenKey", insertTaken},
		{"StaleUpdateDeleteExpect", staleVersions},
		{"Put", put},
		{"Drop", drop},
		{"DeleteThenInsertInOneSet", replaceInOneSet},
		{"LostSetLeavesNothing", lostSetLeavesNothing},
		{"LostSetBesideWinners", lostSetBesideWinners},
		{"OutboxIDs", outboxIDs},
		{"SearchColumnsFollowTheUser", searchColumns},
		{"ListOrder", listOrder},
		{"ListPages", listPages},
		{"ListPrefix", listPrefix},
		{"ListByNames", listByNames},
		{"ListDue", listDue},
		{"ListRefuses", listRefuses},
		{"Count", count},
		{"ReadYourWrites", readYourWrites},
		{"ReadsNeverGoBack", readsNeverGoBack},
		{"ReadsInOrder", readsInOrder},
		{"LentRows", lentRows},
		{"LentRowsNeverGoBack", lentRowsNeverGoBack},
		{"OneAliasManyWriters", oneAlias},
		{"OneRowTwoSets", oneRowTwoSets},
		{"CrossedExpects", crossedExpects},
		{"IncrementsUnderRetry", incrementsUnderRetry},
		{"IncrementsInLanes", incrementsInLanes},
		{"EndedContext", endedContext},
		{"ContextEndsWhileWaiting", contextEndsWhileWaiting},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(&env{T: t, store: s, unsettled: unsettled, pool: pool.ID("test-1_" + rand.Text()[:9])})
		})
	}
}

// env is what one test works with.
type env struct {
	*testing.T
	store store.Store
	// unsettled says that ErrUnknown is an answer.
	unsettled bool
	// pool is the pool whose rows are the test's own.
	pool pool.ID
}

// commit commits the set that build makes.
func (e *env) commit(build func(set *store.ChangeSet)) error {
	return e.commitIn(e.Context(), build)
}

func (e *env) commitIn(ctx context.Context, build func(set *store.ChangeSet)) error {
	set := store.NewChangeSet()
	build(set)
	return e.store.Commit(ctx, set)
}

// mustCommit is commit for a set that cannot lose. A row that is gone does not tell
// who removed it, so that a removal by itself may have no certain answer.
func (e *env) mustCommit(build func(set *store.ChangeSet)) {
	e.Helper()
	set := store.NewChangeSet()
	build(set)
	err := e.store.Commit(e.Context(), set)
	if e.unsettled && errors.Is(err, store.ErrUnknown) && len(set.Changes) == 1 && set.Changes[0].Op == store.OpDelete {
		return
	}
	if err != nil {
		e.Fatal(err)
	}
}

// insert stores rows whose keys are free.
func (e *env) insert(rows ...row.Row) {
	e.Helper()
	e.mustCommit(func(set *store.ChangeSet) { set.Insert(rows...) })
}

// read reads rows.
func (e *env) read(rows ...row.Row) {
	e.Helper()
	if err := e.store.Read(e.Context(), rows...); err != nil {
		e.Fatal(err)
	}
}

// wantSame compares two rows, stamps included.
func (e *env) wantSame(want, got any) {
	e.Helper()
	if reflect.DeepEqual(want, got) {
		return // at once, also for a megabyte
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		e.Errorf("the row differs (-want +got):\n%s", diff)
	}
}

func (e *env) wantConflict(err error) {
	e.Helper()
	if !errors.Is(err, store.ErrConflict) {
		e.Errorf("the commit answered %v, want ErrConflict", err)
	}
}

func (e *env) wantDuplicate(err error, key row.Key) {
	e.Helper()
	if got, ok := store.Duplicate(err); !ok || got != key {
		e.Errorf("the commit answered %v, want a DuplicateError of %v", err, key)
	}
}

// together calls do n times at once and waits.
func together(n int, do func(i int)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}

// rounds is full, or a tenth of it for a short run.
func rounds(full int) int {
	if testing.Short() {
		return max(1, full/10)
	}
	return full
}
