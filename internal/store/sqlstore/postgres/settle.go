package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
)

// resend finds out what became of a set whose reply was lost, by sending it
// again until an answer comes. The request may be over by then; the question
// stays.
func (s *Store) resend(ctx context.Context, p *plan) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	for pause := firstPause; ctx.Err() == nil; pause = s.waitToRetry(pause) {
		r := s.attempt(ctx, p)
		switch r.outcome {
		case applied:
			return s.settle(nil)
		case doubtful:
			return s.doubt()
		case refused:
			if verdict, err := s.findOut(ctx, p, r); err == nil {
				return s.settle(verdict)
			}
		}
	}
	return s.settle(store.ErrUnknown)
}

// settle notes how a commit whose reply was lost ended, and returns verdict.
func (s *Store) settle(verdict error) error {
	if errors.Is(verdict, store.ErrUnknown) {
		s.metrics.notSettled.Add(1)
		s.log.Warn("the reply to a commit was lost and its outcome could not be found out")
		return verdict
	}
	s.metrics.settled.Add(1)
	s.log.Info("the reply to a commit was lost and its outcome was found out", slog.Bool("applied", verdict == nil))
	return verdict
}

// doubt answers for a commit that the server ended with a warning: it is done
// there, but may not be where it would survive that server.
func (s *Store) doubt() error {
	s.metrics.notSettled.Add(1)
	s.log.Warn("the server ended a commit with a warning; a standby may lack it")
	return fmt.Errorf("%w: the server warned during the commit", store.ErrUnknown)
}

// findOut tells, for a set that was sent before without a reply and was refused
// now, whether the first sending was applied: nil when it was, the refusal when
// it was not, store.ErrUnknown when the rows cannot tell. The second result is
// an error of looking.
//
// The refused statements waited for the locks of the old session, so that what
// it did is over and visible. Any row that carries the set's id proves that the
// set was applied. A row that another set brought to the very next version, or
// that still is at the version that the set wanted, proves that it was not.
// Without either, somebody came after: rows of the set may have been written or
// removed since.
func (s *Store) findOut(ctx context.Context, p *plan, r result) (verdict, err error) {
	stamps, err := s.stamps(ctx, p)
	if err != nil {
		return nil, err
	}
	verdict = fmt.Errorf("%w: rows of the set were changed since", store.ErrUnknown)
	for i, st := range p.steps {
		if stamps[i].SetID == p.set.ID {
			return nil, nil
		}
		if disproves(p.set.Changes[st.position], r.counts[i], stamps[i]) {
			verdict = r.err
		}
	}
	return verdict, nil
}

// disproves reports whether the row of a change shows that the set was not
// applied before: count is how many rows the change found when it was sent
// again, stamp what the row carries now.
func disproves(c store.Change, count int64, stamp row.Stamp) bool {
	switch c.Op {
	case store.OpUpdate:
		return count > 0 || stamp.Version == c.From+1
	case store.OpDelete:
		return count > 0 || stamp.Version > c.From
	case store.OpInsert:
		return count == 0 && stamp.Version == 1
	}
	return false
}

// stamps reads what the rows of the steps carry; a row that is absent has the
// zero stamp.
func (s *Store) stamps(ctx context.Context, p *plan) ([]row.Stamp, error) {
	stamps := make([]row.Stamp, len(p.steps))
	batch := &pgx.Batch{}
	for i, st := range p.steps {
		batch.Queue(st.Table.Texts.Stamp, st.Table.KeyArgs(nil, st.Key)...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := rows.Scan(&stamps[i].Version, &stamps[i].SetID); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	err := s.withConn(ctx, func(conn *pgx.Conn) error {
		return conn.SendBatch(context.Background(), batch).Close()
	})
	return stamps, err
}
