package apitest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
)

// Fail says what happens to every commit from now on; nil passes them all.
func (w *World) Fail(plan func(*store.ChangeSet) faulty.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan = plan
}

// FailOnce gives the first commit that touches a table the outcome, and passes
// every other.
func (w *World) FailOnce(table row.Table, o faulty.Outcome) {
	done := false
	w.Fail(func(set *store.ChangeSet) faulty.Outcome {
		if done || !Touches(set, table) {
			return faulty.Pass
		}
		done = true
		return o
	})
}

// Touches reports whether a set changes rows of a table.
func Touches(set *store.ChangeSet, table row.Table) bool {
	return slices.ContainsFunc(set.Changes, func(c store.Change) bool { return c.Row.RowKey().Table == table })
}

// Cost is what a call took: every read and commit by the tables of its rows, in
// order, and the number of modular exponentiations.
type Cost struct {
	Store           []string
	Exponentiations int
}

// Cost runs f and returns what it took. Nothing else may go on meanwhile.
func (w *World) Cost(f func()) Cost {
	w.mu.Lock()
	w.trace = nil
	w.mu.Unlock()
	before := w.Vault.Exponentiations()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return Cost{Store: slices.Clone(w.trace), Exponentiations: int(w.Vault.Exponentiations() - before)}
}

func (w *World) onCommit(_ int, set *store.ChangeSet) faulty.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	var tables []string
	for _, c := range set.Changes {
		tables = append(tables, fmt.Sprintf("%s:%d", c.Row.RowKey().Table, c.Op))
	}
	w.trace = append(w.trace, "commit "+strings.Join(tables, " "))
	if w.plan == nil {
		return faulty.Pass
	}
	return w.plan(set)
}

func (w *World) onRead(_ int, rows []row.Row) faulty.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	var tables []string
	for _, r := range rows {
		tables = append(tables, string(r.RowKey().Table))
	}
	w.trace = append(w.trace, "read "+strings.Join(tables, " "))
	return faulty.Pass
}

// Messages is a driver that keeps what it is handed.
type Messages struct {
	mu   sync.Mutex
	list []notify.Message
}

// Immediate implements notify.Immediate: messages stay here.
func (m *Messages) Immediate(notify.Message) bool { return true }

// Send implements notify.Driver.
func (m *Messages) Send(_ context.Context, message notify.Message) error {
	if message.ToNobody {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, message)
	return nil
}

// To returns the messages to an address, the oldest first.
func (m *Messages) To(address string) []notify.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []notify.Message
	for _, message := range m.list {
		if message.To == address {
			list = append(list, message)
		}
	}
	return list
}
