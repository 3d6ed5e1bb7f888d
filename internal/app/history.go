package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// historyPath is where administrators read the history of changes of attributes,
// with requests that are signed like those of operations.
const historyPath = "/_poolhouse/attribute-changes"

// maxHistoryPage bounds the entries of one answer.
const maxHistoryPage = 1000

// history answers with the entries of a pool, or of one of its users, ordered by
// user and then by time.
type history struct {
	store     store.Reader
	directory *directory.Directory
}

// historyPage is an answer. Next, if not "", is the after of the next request.
type historyPage struct {
	Changes []historyEntry `json:"changes"`
	Next    string         `json:"next,omitempty"`
}

// historyEntry is a change as it is told.
type historyEntry struct {
	UserPoolID  pool.ID             `json:"userPoolId"`
	Sub         user.Sub            `json:"sub"`
	ID          string              `json:"id"`
	At          time.Time           `json:"at"`
	Operation   string              `json:"operation"`
	ClientID    pool.ClientID       `json:"clientId,omitempty"`
	AccessKeyID string              `json:"accessKeyId,omitempty"`
	Attributes  []user.ChangedValue `json:"attributes"`
}

func (h history) call(ctx context.Context, r *http.Request, _ []byte) (any, []slog.Attr, error) {
	page, err := h.page(ctx, r.URL.Query())
	return page, nil, err
}

// page reads what a query asks for.
func (h history) page(ctx context.Context, query url.Values) (historyPage, error) {
	page := historyPage{Changes: []historyEntry{}}
	p, err := h.directory.Pool(ctx, pool.ID(query.Get("user_pool_id")))
	if err != nil {
		return page, err
	}
	q := store.Query{Table: user.TableChanges, Equal: []store.Term{{Column: "pool_id", Value: string(p.ID)}}}
	sub := query.Get("sub")
	if name := query.Get("username"); name != "" {
		u, err := h.directory.ExistingUser(ctx, p, name)
		if err != nil {
			return page, err
		}
		sub = string(u.Sub)
	}
	if sub != "" {
		q.Equal = append(q.Equal, store.Term{Column: "sub", Value: sub})
	}
	if q.Limit, err = strconv.Atoi(cmp.Or(query.Get("limit"), "100")); err != nil || q.Limit < 1 || q.Limit > maxHistoryPage {
		return page, fault.InvalidParameterf("limit: want 1 to %d, not %q", maxHistoryPage, query.Get("limit"))
	}
	if q.After, err = readCursor(query.Get("after")); err != nil {
		return page, fault.InvalidParameter("after: want the next of an earlier answer")
	}
	found, err := h.store.List(ctx, q)
	if err != nil {
		return page, err
	}
	for _, row := range found.Rows {
		c := row.(*user.Change)
		page.Changes = append(page.Changes, historyEntry{
			UserPoolID: c.PoolID, Sub: c.Sub, ID: c.ID, At: c.At.UTC(), Operation: c.Operation, ClientID: c.ClientID, AccessKeyID: c.AccessKeyID, Attributes: c.Values,
		})
	}
	page.Next = writeCursor(found.Next)
	return page, nil
}

// writeCursor and readCursor turn a place in the history into a text and back. It
// is no secret: it says where, and the pool that may be read is judged anyway.
func writeCursor(c store.Cursor) string {
	if c == nil {
		return ""
	}
	text, _ := json.Marshal([]string(c))
	return base64.RawURLEncoding.EncodeToString(text)
}

func readCursor(text string) (store.Cursor, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	var c []string
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	const keyParts = 3 // pool, sub and id
	if len(c) != keyParts {
		return nil, strconv.ErrSyntax
	}
	return c, nil
}
