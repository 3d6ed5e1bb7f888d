package guard

import (
	"context"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// recordTime bounds the writing of an event, and that of a notice.
const recordTime = 2 * time.Second

// Event is how an attempt goes on or ends.
type Event struct {
	// ID is the id of the sign-in's session, which tokens have as event_id, and the
	// same at each step of one sign-in; "" makes a new one.
	ID       string
	Type     user.AuthEventType
	Response user.AuthResponse
	ClientID pool.ClientID
	// Challenges are those that were answered at this step.
	Challenges []user.AuthChallenge
}

// Record writes an event, which may be a further step of one that is there: then its
// response is the new one, and the challenges come after the others. What goes wrong
// is logged: no sign-in fails because of its entry in the history. It returns the
// event's id, "" when nothing is recorded in the pool.
func (g *Guard) Record(ctx context.Context, p *pool.Pool, u *user.User, v Verdict, e Event) string {
	if g == nil || v.Mode == Off {
		return ""
	}
	if e.ID == "" {
		e.ID = vault.NewUUID()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	if err := store.Retry(ctx, func(ctx context.Context) error { return g.write(ctx, u, v, e) }); err != nil {
		g.Logger.Warn("an event is missing in the history of sign-ins", "pool", p.ID, "event", e.ID, "error", err)
	}
	return e.ID
}

// RecordBehind is Record for an attempt whose answer does not wait for it, since the time
// of the answer would tell that there is somebody with a history.
func (g *Guard) RecordBehind(ctx context.Context, p *pool.Pool, u *user.User, v Verdict, e Event) {
	if g == nil || v.Mode == Off {
		return
	}
	g.behind.Go(func() { g.Record(ctx, p, u, v, e) })
}

// Run returns when ctx has ended and all that was recorded behind requests is written.
func (g *Guard) Run(ctx context.Context) {
	<-ctx.Done()
	g.behind.Wait()
}

func (g *Guard) write(ctx context.Context, u *user.User, v Verdict, e Event) error {
	row := &user.AuthEvent{PoolID: u.PoolID, Sub: u.Sub, ID: e.ID}
	fresh := &user.User{PoolID: u.PoolID, Sub: u.Sub}
	if err := g.Store.Read(ctx, fresh, row); err != nil {
		return err
	}
	if !fresh.Stored() {
		return nil // nobody is left whose history it would be
	}
	if !row.Stored() {
		row.Type, row.ClientID = e.Type, e.ClientID
		row.CreatedAt, row.ExpiresAt = v.at, v.at.AddDate(user.AuthEventYears, 0, 0)
		row.Context, row.Risk = v.context(), v.Risk()
	} else if v.judged {
		row.Context, row.Risk = v.context(), v.Risk()
	}
	row.Response = e.Response
	row.Challenges = append(row.Challenges, e.Challenges...)
	set := store.NewChangeSet()
	set.Put(row)
	// The user must not go meanwhile, or the event would outlive them.
	set.Expect(fresh)
	return g.Store.Commit(ctx, set)
}

// context is the visit as an event has it.
func (v Verdict) context() user.AuthContext {
	c := user.AuthContext{
		Device: v.visit.Device.Fingerprint, DeviceName: v.visit.Device.Name, Timezone: v.visit.Device.Timezone,
		City: v.place.City, Country: v.place.Country, Position: v.place.Position,
	}
	if v.visit.IP.IsValid() {
		c.IP = v.visit.IP.String()
	}
	if c.Timezone == "" {
		c.Timezone = v.place.Timezone
	}
	return c
}
