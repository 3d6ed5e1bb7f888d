package postgres

import (
	"slices"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// plan is a change set made ready to be sent, as often as it takes.
type plan struct {
	set *store.ChangeSet
	// steps are in key order, the order in which every transaction takes its
	// locks, so that no two wait for each other. Changes of one row stay in the
	// order of the set.
	steps []step
}

// step is one statement of a set.
type step struct {
	sqlstore.Statement
	// position is the place of the change in the set.
	position int
}

func newPlan(d sqlstore.Dialect, set *store.ChangeSet) (*plan, error) {
	statements, err := d.Compile(set, nil)
	if err != nil {
		return nil, err
	}
	p := &plan{set: set, steps: make([]step, len(statements))}
	for i, st := range statements {
		if st.Op == store.OpExpect {
			// A plain read would let two sets that each expect what the other
			// changes both pass.
			st.Text += " FOR SHARE"
		}
		p.steps[i] = step{Statement: st, position: i}
	}
	if len(p.steps) > 1 {
		slices.SortStableFunc(p.steps, func(a, b step) int { return a.Key.Compare(b.Key) })
	}
	return p, nil
}

// isCombinable reports whether the set may share a transaction with others: it
// is one statement, which either does its work or does nothing.
func (p *plan) isCombinable() bool {
	return len(p.steps) == 1 && p.steps[0].Op != store.OpExpect
}

// judge returns what the row counts of the steps mean: nil, or the error of the
// first change, in the set's order, that found its row otherwise.
func (p *plan) judge(counts []int64) (verdict error) {
	first := len(p.steps)
	for i, n := range counts {
		if err := p.steps[i].Judge(n); err != nil && p.steps[i].position < first {
			first, verdict = p.steps[i].position, err
		}
	}
	return verdict
}
