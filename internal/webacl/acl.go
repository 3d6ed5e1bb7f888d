package webacl

import (
	"net/netip"
	"time"
)

// Request is what is judged of a request. It is not changed and not kept.
type Request struct {
	// Addr is where the request comes from, not valid if that is not known.
	Addr netip.Addr
	// Method, Path and Query are as they were sent; Query is without its question
	// mark.
	Method, Path, Query string
	// Header has canonical names, and the request's host under "Host".
	Header map[string][]string
	Body   []byte
}

// Verdict is what a web ACL says about a request. The zero Verdict lets it pass.
type Verdict struct {
	Block bool
	// Captcha says that the request was blocked for want of a solved puzzle, which
	// only a browser could show.
	Captcha bool
	// Rule is the name of the rule that blocked, "" for the default action.
	Rule string
	// Custom is the answer that the rule gives, nil for the service's own.
	Custom *Response
}

// Response is an answer to a blocked request.
type Response struct {
	// Status is between 400 and 499.
	Status            int
	ContentType, Body string
}

// Inspector judges requests by rules of another kind. It is safe for concurrent
// use.
type Inspector interface {
	// Inspect reports whether a request is to be blocked. One that cannot be judged
	// is an error, and blocked.
	Inspect(r Request) (block bool, err error)
}

// ACL is one web ACL. It is safe for concurrent use.
type ACL struct {
	name      string
	rules     []judge
	inspector Inspector
	otherwise outcome
	now       func() time.Time
}

// Name returns the web ACL's name.
func (a *ACL) Name() string { return a.name }

// judge is a rule that can be asked.
type judge struct {
	name     string
	priority int
	matches  condition
	outcome
}

// condition reports whether a statement is true of a request.
type condition func(r *inspected) bool

// inspected is a request on its way through the rules.
type inspected struct {
	Request
	now time.Time
}

// outcome is what an action does.
type outcome struct {
	// counts says that the rule changes nothing and the next one is asked.
	counts bool
	Verdict
}

// corazaRule is what a block by an [Inspector] is named after.
const corazaRule = "Coraza"

// Judge asks the rules in the order of their priorities. The first that matches and
// does more than count decides; then the inspector, if there is one; and else the
// default action. A request that the inspector cannot judge is blocked.
func (a *ACL) Judge(r Request) Verdict {
	in := &inspected{Request: r, now: a.now()}
	for i := range a.rules {
		if rule := &a.rules[i]; rule.matches(in) && !rule.counts {
			return rule.Verdict
		}
	}
	if a.inspector != nil {
		if block, err := a.inspector.Inspect(r); block || err != nil {
			return Verdict{Block: true, Rule: corazaRule}
		}
	}
	return a.otherwise.Verdict
}

// Set is all web ACLs of a file. A nil Set has none.
type Set struct {
	byPool map[string]*ACL
}

// everyPool stands for the pools that no web ACL names.
const everyPool = "*"

// Of returns the web ACL of a pool, nil for none.
func (s *Set) Of(poolID string) *ACL {
	if s == nil {
		return nil
	}
	if a, ok := s.byPool[poolID]; ok {
		return a
	}
	return s.byPool[everyPool]
}
