package app

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/keyring"
)

// Where administrators exchange the data keys, with requests that are signed like those of
// operations.
const (
	dataKeysPath = "/_poolhouse/data-keys"
	resealPath   = "/_poolhouse/reseal"
	dropKeyPath  = "/_poolhouse/data-keys/drop-old"
)

// defaultDataKeyAfter is how long a new data key is known before it seals.
const defaultDataKeyAfter = "10m"

// maxWalkToken bounds the body of a request with the token of a walk, in bytes.
const maxWalkToken = 4 << 10

// dataKeys answers with what an exchange of the data keys comes to.
type dataKeys struct{ ring *keyring.Keyring }

// dataKeysAnswer tells how far an exchange is.
type dataKeysAnswer struct {
	Sealing   string    `json:"sealing"`
	Other     string    `json:"other,omitempty"`
	From      time.Time `json:"from,omitzero"`
	DropsFrom time.Time `json:"dropsFrom,omitzero"`
}

// walkAnswer tells of a step of a walk.
type walkAnswer struct {
	dataKeysAnswer
	Token        string    `json:"token"`
	Done         bool      `json:"done"`
	Table        string    `json:"table,omitempty"`
	Rows         int64     `json:"rows"`
	Resealed     int64     `json:"resealed"`
	Broken       int64     `json:"broken"`
	SignIns      int64     `json:"signIns"`
	SignInsUntil time.Time `json:"signInsUntil,omitzero"`
}

func answerOf(s keyring.State) dataKeysAnswer {
	a := dataKeysAnswer{Sealing: s.Sealing.String()}
	if s.Other != 0 {
		a.Other, a.From, a.DropsFrom = s.Other.String(), s.From.UTC(), s.DropsFrom.UTC()
	}
	return a
}

// announce makes a new data key.
func (d dataKeys) announce(ctx context.Context, r *http.Request, _ []byte) (any, []slog.Attr, error) {
	after, err := time.ParseDuration(cmp.Or(r.URL.Query().Get("after"), defaultDataKeyAfter))
	if err != nil {
		return nil, nil, fault.InvalidParameterf("after: want a time such as 10m, not %q", r.URL.Query().Get("after"))
	}
	s, err := d.ring.Announce(ctx, after)
	return answerOf(s), nil, err
}

// walkRequest is the body of the two calls about a walk.
type walkRequest struct {
	Token      string `json:"token"`
	EndSignIns bool   `json:"endSignIns"`
}

func readWalk(body []byte) (w walkRequest, err error) {
	if len(body) > 0 && json.Unmarshal(body, &w) != nil {
		err = fault.InvalidParameter("The body is not the JSON of a walk.")
	}
	return w, err
}

// step seals some rows anew.
func (d dataKeys) step(ctx context.Context, _ *http.Request, body []byte) (any, []slog.Attr, error) {
	request, err := readWalk(body)
	if err != nil {
		return nil, nil, err
	}
	p, err := d.ring.Step(ctx, request.Token)
	return walkAnswer{
		dataKeysAnswer: answerOf(p.State), Token: p.Token, Done: p.Done, Table: p.Table, Rows: p.Rows, Resealed: p.Resealed, Broken: p.Broken,
		SignIns: p.SignIns, SignInsUntil: p.SignInsUntil.UTC(),
	}, []slog.Attr{slog.Int64("resealed", p.Resealed)}, err
}

// drop removes the old data key.
func (d dataKeys) drop(ctx context.Context, _ *http.Request, body []byte) (any, []slog.Attr, error) {
	request, err := readWalk(body)
	if err != nil {
		return nil, nil, err
	}
	s, err := d.ring.DropOld(ctx, request.Token, request.EndSignIns)
	return answerOf(s), []slog.Attr{slog.Bool("end_sign_ins", request.EndSignIns)}, err
}
